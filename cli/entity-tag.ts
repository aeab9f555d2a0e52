/** The tag that `--if-match` gives, as a call takes it: where it lacks its quotes, a shell has taken them. */
export const ifMatchOf = (text: string | undefined): { readonly ifMatch?: string } =>
  text === undefined ? {} : { ifMatch: text === '*' || text.includes('"') ? text : `"${text}"` };
