/** A state in words; its colour adds no information. */
export const State = ({ of }: { readonly of: string }) => <span class={`state ${of}`}>{of}</span>;

/** Marks an ended run whose writes are not saved. */
export const Unsaved = () => <span class="state unsaved">not saved</span>;
