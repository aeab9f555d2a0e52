/** The most characters of an engine's message that the service accepts. */
export const MAX_WORDS = 4096;

/** The part of a message that the service accepts, without surrounding space and without half a character at its end. */
export const wordsOf = (error: string): string =>
  error
    .trim()
    .slice(0, MAX_WORDS)
    .replaceAll(/\p{Cs}/gu, '') || 'the engine gives no reason';
