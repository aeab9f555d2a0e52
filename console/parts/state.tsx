/** A state in words; the colour only repeats it. */
export const State = ({ of }: { readonly of: string }) => <span class={`state ${of}`}>{of}</span>;

/** That what a run wrote is not saved, beside how it ended. */
export const Unsaved = () => <span class="state unsaved">not saved</span>;
