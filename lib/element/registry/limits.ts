/** Different elements and documents that one element has: its transaction has a row for each, and at most 100. */
export const MAX_PARTS = 80;
/** Layers of one element, those that it has several times counted each time. */
export const MAX_LAYERS = 400;
