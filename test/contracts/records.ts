import { randomUUID } from 'node:crypto';
import { defined } from '../../lib/defined.ts';
import type { Attributes, ElementRecord } from '../../lib/element/element.ts';
import type { Insertion } from '../../lib/element/element-store.ts';
import { parseId, SCRATCH } from '../../lib/element/id.ts';
import type { Metadata } from '../../lib/element/metadata.ts';
import type { Idempotency } from '../../lib/idempotency.ts';
import type { Location } from '../../lib/location/location.ts';
import type { Caller } from '../../lib/principal.ts';

/** A caller with a new request ID. */
export const aCaller = (principal = 'tester'): Caller => ({ principal, requestId: randomUUID() });

/** A name that no other test uses. */
export const fresh = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

const NOW = '2026-01-01T00:00:00.000Z';
const stamps = { createdAt: NOW, createdBy: 'tester', modifiedAt: NOW, modifiedBy: 'tester' };

/** A location of images that no other test uses. */
export const aLocation = (overrides: Partial<Location> = {}): Location => ({
  name: fresh('place'),
  kind: 'image',
  type: 's3',
  policy: 'read-write',
  owner: 'tester',
  state: 'open',
  revision: 1,
  ...stamps,
  ...overrides,
});

export const idIn = (location: Location, name: string): string =>
  `${location.kind}://${location.name}/${name}`;

type Overrides = Partial<Omit<ElementRecord, 'attributes'>> & { attributes?: Partial<Attributes> };

/** A ready image from scratch by default. */
export const anElement = (
  location: Location,
  name: string,
  { attributes, ...rest }: Overrides = {},
): ElementRecord => {
  const id = idIn(location, name);
  return {
    attributes: {
      id,
      ...parseId(id, 'id'),
      parentId: SCRATCH,
      state: 'ready',
      revision: 1,
      ...stamps,
      ...attributes,
    },
    ro: {},
    rw: {},
    incarnation: randomUUID(),
    ancestors: [],
    ...rest,
  };
};

/** A child of a parent; an answer for `derive`. */
export const childOf = (
  parentId: string,
  location: Location,
  name: string,
  overrides: Overrides = {},
): ElementRecord =>
  anElement(location, name, {
    ancestors: [parentId],
    ...overrides,
    attributes: { parentId, ...overrides.attributes },
  });

export const anInsertion = (
  location: Location,
  record: ElementRecord,
  idempotency?: Idempotency,
): Insertion => defined({ record, location, caller: aCaller(), idempotency });

export const aKey = (overrides: Partial<Idempotency> = {}): Idempotency => ({
  principal: 'tester',
  key: randomUUID(),
  digest: 'digest',
  ...overrides,
});

const encoder = new TextEncoder();

/** Metadata of text. */
export const text = (entries: Readonly<Record<string, string>>): Metadata =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, encoder.encode(value)]));

/** Metadata of this size in KiB. */
export const bulk = (kib: number, prefix = 'bulk'): Metadata =>
  Object.fromEntries(
    Array.from({ length: Math.ceil(kib / 64) }, (_, at) => [
      `${prefix}${at}`,
      new Uint8Array(Math.min(64, kib - at * 64) * 1024).fill(7),
    ]),
  );

/** A problem with this code, and with these members if given. */
export const problem = (code: string, members?: Readonly<Record<string, unknown>>) =>
  defined({ code, members });

/** A time in RFC 3339, this number of milliseconds from now. */
export const inMs = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
