/** A state in words; the colour only repeats it. */
export const State = ({ of }: { readonly of: string }) => <span class={`state ${of}`}>{of}</span>;
