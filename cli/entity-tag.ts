/** The entity tag of `--if-match` for a call: adds the quotes that a shell has removed. */
export const ifMatchOf = (text: string | undefined): { readonly ifMatch?: string } =>
  text === undefined ? {} : { ifMatch: text === '*' || text.includes('"') ? text : `"${text}"` };
