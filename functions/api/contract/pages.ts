import type { Fields } from './component.ts';

/** What the parameters of every list are. */
export const pageParameters: Fields = {
  limit: 'The most items on a page.',
  cursor:
    'Where the page begins: the `cursor` of the page before. It belongs to the query that it came from.',
};
