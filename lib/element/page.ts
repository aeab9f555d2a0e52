import { permits } from '../location/access.ts';
import type { LocationCache } from '../location/location-cache.ts';
import type { Principal } from '../principal.ts';
import { homeOf } from './member-id.ts';

/** A page of a list; `hidden` counts the items on it that the caller may not read. */
export interface PageJson<T> {
  readonly items: readonly T[];
  readonly hidden?: number;
  readonly cursor?: string;
}

/** Keeps the items that the caller may read, and counts the others. */
export const readable = async <T>(
  known: LocationCache,
  principal: Principal,
  items: readonly T[],
  idOf: (item: T) => string,
): Promise<{ items: T[]; hidden: number }> => {
  const names = new Set(items.map((item) => homeOf(idOf(item)).location));
  const open = new Set<string>();
  await Promise.all(
    [...names].map(async (name) => {
      const location = await known.find(name);
      if (location && permits(location, principal, 'read')) open.add(name);
    }),
  );
  const visible = items.filter((item) => open.has(homeOf(idOf(item)).location));
  return { items: visible, hidden: items.length - visible.length };
};
