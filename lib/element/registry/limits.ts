/**
 * The most elements and documents to which one element refers: its transaction has at most 100 rows, one for
 * each.
 */
export const MAX_PARTS = 80;
/** The most layers of one element; repeated layers count each time. */
export const MAX_LAYERS = 400;
