import { createHash } from 'node:crypto';
import { invalidRequest } from './errors.ts';

const digest = (query: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 16);

/** A place in a list as opaque text, bound to the query of the list. */
export const encodeCursor = (query: readonly unknown[], place: string): string =>
  Buffer.from(JSON.stringify([digest(query), place])).toString('base64url');

const foreign = (): Error =>
  invalidRequest({
    path: '?cursor',
    message: 'is not a cursor of this query: take that of the page before, or leave it out',
  });

/** The place of a cursor. Throws if it is not of this query, or no place of its list. */
export const decodeCursor = (
  query: readonly unknown[],
  cursor: string | undefined,
  isPlace: (place: string) => boolean,
  refusal = foreign,
): string | undefined => {
  if (cursor === undefined) return undefined;
  try {
    const [of, place] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (of === digest(query) && typeof place === 'string' && isPlace(place)) return place;
  } catch {
    // A foreign cursor: the error below answers it as any other.
  }
  throw refusal();
};
