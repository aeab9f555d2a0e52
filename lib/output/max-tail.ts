/** The most lines from the end of an output in one query. */
export const MAX_TAIL = 1_000;
