import { isDeepStrictEqual } from 'node:util';
import type { Composition } from '../composition/composition.ts';
import type { KeptSession } from '../composition/session/session.ts';
import type { Attributes } from '../element/element.ts';
import type { Tag } from '../element/registry/tag.ts';
import type { KeptLocation } from '../location/location.ts';
import type { Lease, LeaseChange } from '../location/runner-lease.ts';
import type { Principal } from '../principal.ts';

/** The attributes of a deleted element that its row keeps for a while. */
export type GoneAttributes = Pick<
  Attributes,
  'id' | 'kind' | 'location' | 'revision' | 'createdAt' | 'modifiedAt' | 'modifiedBy'
>;

/** The last change of a location's lease, and its author. */
export interface RunnerNotice
  extends Pick<Lease, 'epoch' | 'engine' | 'runner'>,
    Pick<LeaseChange, 'what' | 'at' | 'from'> {
  readonly location: string;
  /** When the location was created. */
  readonly createdAt: string;
  readonly actor: Principal;
}

/** A row before or after a change, as the stream contains it; `metadata` values are only compared. */
export type Image =
  | {
      readonly row: 'element';
      readonly attributes: Attributes;
      readonly ro: Readonly<Record<string, unknown>>;
      readonly rw: Readonly<Record<string, unknown>>;
      readonly spec?: Readonly<Record<string, unknown>>;
      readonly tasks?: readonly unknown[];
      readonly reading?: { readonly attempt: string };
      readonly upload?: { readonly key: string; readonly verification?: { readonly attempt: string } };
    }
  | { readonly row: 'gone'; readonly attributes: GoneAttributes }
  | { readonly row: 'location'; readonly attributes: KeptLocation }
  /** The rest of a deleted location, which stays for a moment. */
  | { readonly row: 'gone-location'; readonly attributes: KeptLocation }
  /** The last change of a location's lease. */
  | { readonly row: 'runner'; readonly runner: RunnerNotice }
  /** A session with a task, under way or over. */
  | { readonly row: 'session'; readonly session: KeptSession }
  | { readonly row: 'composition'; readonly composition: Composition }
  /** A tag; a removed one stays for a while and still has the image that it named. */
  | { readonly row: 'tag' | 'gone-tag'; readonly attributes: Tag };

/** A change of one row. */
export interface Change {
  /** The stream's id of the change. */
  readonly id: string;
  readonly before?: Image;
  readonly after?: Image;
}

/** The names of differences between two maps, with `prefix` before each. */
export const differences = (prefix: string, before: object = {}, after: object = {}): string[] => {
  const [a, b] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.has(key) !== b.has(key) || !isDeepStrictEqual(a.get(key), b.get(key)))
    .map((key) => `${prefix}${key}`)
    .sort();
};
