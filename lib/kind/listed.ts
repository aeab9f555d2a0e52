/** Words in a sentence: `images, volumes and logs`. `Intl.ListFormat` would do it, and takes the command line as long as all else that it does at its start. */
export const listed = (words: readonly string[], last: 'and' | 'or'): string =>
  words.join(', ').replace(/, ([^,]*)$/, ` ${last} $1`);
