/**
 * Words in a sentence: `images, volumes and logs`. `Intl.ListFormat` would double the time in which the command
 * line starts.
 */
export const listed = (words: readonly string[], last: 'and' | 'or'): string =>
  words.join(', ').replace(/, ([^,]*)$/, ` ${last} $1`);
