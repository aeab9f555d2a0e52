import { isDeepStrictEqual } from 'node:util';
import type { Composition } from '../composition/composition.ts';
import type { KeptSession } from '../composition/session/session.ts';
import type { Attributes } from '../element/element.ts';
import type { Tag } from '../element/registry/tag.ts';
import type { KeptLocation } from '../location/location.ts';
import type { Lease, LeaseChange } from '../location/runner-lease.ts';
import type { Principal } from '../principal.ts';

/** What is left of a deleted element for a while. */
export type GoneAttributes = Pick<
  Attributes,
  'id' | 'kind' | 'location' | 'revision' | 'createdAt' | 'modifiedAt' | 'modifiedBy'
>;

/** What became of the lease of a location, and by whom. */
export interface RunnerNotice
  extends Pick<Lease, 'epoch' | 'engine' | 'runner'>,
    Pick<LeaseChange, 'what' | 'at' | 'from'> {
  readonly location: string;
  /** When the location was created. */
  readonly createdAt: string;
  readonly actor: Principal;
}

/** A row as the stream shows it, before or after a change; `metadata` values are only ever compared. */
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
  /** What is left of a deleted location for a moment. */
  | { readonly row: 'gone-location'; readonly attributes: KeptLocation }
  /** What became last of the lease of a location. */
  | { readonly row: 'runner'; readonly runner: RunnerNotice }
  /** Who talks to a task, or did. */
  | { readonly row: 'session'; readonly session: KeptSession }
  | { readonly row: 'composition'; readonly composition: Composition }
  /** A tag, and what is left of a removed one for a while: it still says what it named. */
  | { readonly row: 'tag' | 'gone-tag'; readonly attributes: Tag };

/** A change of one row. */
export interface Change {
  /** The stream's id of the change. */
  readonly id: string;
  readonly before?: Image;
  readonly after?: Image;
}

/** Names of what differs between two maps, below `prefix`. */
export const differences = (prefix: string, before: object = {}, after: object = {}): string[] => {
  const [a, b] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.has(key) !== b.has(key) || !isDeepStrictEqual(a.get(key), b.get(key)))
    .map((key) => `${prefix}${key}`)
    .sort();
};
