import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { LEAN } from '../tables.ts';
import { type Answer, type Api, apiOn } from './api.ts';
import { isWrite, openStores, type Stores } from './stores.ts';

/** A writing call of the API, and its preparation. */
export interface Operation {
  readonly name: string;
  readonly arrange: (api: Api) => Promise<unknown>;
  readonly call: (api: Api) => Promise<Answer>;
  readonly status: number;
}

const PLACE = 'volumes';
const parentId = `volume://${PLACE}/parent`;
const id = `volume://${PLACE}/element`;
const path = `/elements/volume/${PLACE}/element`;
/** A tar archive without entries. */
const data = { base64: Buffer.alloc(1024).toString('base64') };
const metadata = { ro: { os: 'linux' }, rw: { tier: 'gold', note: 'x' } };

const place = async (api: Api): Promise<void> => {
  await api('POST /locations', { name: PLACE, kind: 'volume', capacity: 10_000, indexed: ['rw.tier'] });
  await api('POST /elements', { id: parentId, freeSpace: 10 });
};
const element = async (api: Api): Promise<void> => {
  await place(api);
  await api('POST /elements', { id, parentId, metadata, data, freeSpace: 10 });
};
/** An image with a tag, and another image. */
const tagged = async (api: Api): Promise<void> => {
  await api('POST /locations', { name: 'images', kind: 'image' });
  await api('POST /elements', { id: 'image://images/old' });
  await api('POST /elements', { id: 'image://images/new' });
  await api('PUT /tags/images/app/1', { id: 'image://images/old' });
};
const log = (api: Api) => api('POST /locations', { name: 'logs', kind: 'log' });

/** Changes an element with the entity tag of a read. */
const changeAsRead = async (api: Api, body: object): Promise<Answer> => {
  const read = await api(`GET ${path}`);
  return read.status === 200
    ? api(`PATCH ${path}`, body, { 'if-match': read.headers.get('etag') ?? '' })
    : read;
};

export const elementPath = path;

export const operations: readonly Operation[] = [
  {
    name: 'a create',
    arrange: log,
    call: (api) => api('POST /elements', { id: 'log://logs/element', metadata }),
    status: 201,
  },
  {
    name: 'a create with data where space is counted',
    arrange: place,
    call: (api) => api('POST /elements', { id, metadata, data, freeSpace: 10 }),
    status: 201,
  },
  {
    name: 'a create with a key',
    arrange: place,
    call: (api) => api('POST /elements', { id, metadata }, { 'idempotency-key': 'key' }),
    status: 201,
  },
  {
    name: 'a create under a parent',
    arrange: place,
    call: (api) => api('POST /elements', { id, parentId, metadata, data }, { 'idempotency-key': 'key' }),
    status: 201,
  },
  {
    name: 'an update of metadata',
    arrange: element,
    call: (api) => api(`PATCH ${path}`, { metadata: { rw: { tier: 'lead', note: null, new: 'y' } } }),
    status: 200,
  },
  {
    name: 'an update of the revision that is there',
    arrange: element,
    call: (api) => changeAsRead(api, { metadata: { rw: { tier: 'lead' } } }),
    status: 200,
  },
  {
    name: 'an update of free space',
    arrange: element,
    call: (api) => api(`PATCH ${path}`, { freeSpace: 77, metadata: { rw: { new: 'y' } } }),
    status: 200,
  },
  {
    name: 'an update of free space of the revision that is there',
    arrange: element,
    call: (api) => changeAsRead(api, { freeSpace: 77 }),
    status: 200,
  },
  { name: 'a delete', arrange: element, call: (api) => api(`DELETE ${path}`), status: 204 },
  {
    name: 'a refused delete',
    arrange: element,
    call: (api) => api(`DELETE /elements/volume/${PLACE}/parent`),
    status: 409,
  },
  {
    name: 'a new tag',
    arrange: tagged,
    call: (api) => api('PUT /tags/images/app/2', { id: 'image://images/old' }),
    status: 201,
  },
  {
    name: 'a move of a tag',
    arrange: tagged,
    call: (api) => api('PUT /tags/images/app/1', { id: 'image://images/new' }),
    status: 200,
  },
  {
    name: 'a removal of a tag',
    arrange: tagged,
    call: (api) => api('DELETE /tags/images/app/1'),
    status: 204,
  },
  {
    name: 'a delete of an image with its tag',
    arrange: tagged,
    call: (api) => api('DELETE /elements/image/images/old'),
    status: 204,
  },
  {
    name: 'a create of a name that a tag may have',
    arrange: tagged,
    call: (api) => api('POST /elements', { id: 'image://images/app:3' }),
    status: 201,
  },
  {
    name: 'a create of a location',
    arrange: async () => {},
    call: (api) =>
      api('POST /locations', { name: 'images', kind: 'image', capacity: 5 }, { 'idempotency-key': 'key' }),
    status: 201,
  },
  {
    name: 'an update of a location',
    arrange: place,
    call: (api) => api(`PATCH /locations/${PLACE}`, { capacity: 20_000, policy: 'create-only' }),
    status: 200,
  },
  {
    name: 'a delete of a location',
    arrange: log,
    call: (api) => api('DELETE /locations/logs'),
    status: 202,
  },
];

const CHANGING: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>'],
  // The place of a run in the list depends on the composition's ID.
  [/runs#hosts#\d+/g, 'runs#hosts#<it>'],
  [/<time>#[0-9a-f]{16}/g, '<time>#<it>'],
  [/"(handle|digest)":"[^"]*"/g, '"$1":"<it>"'],
  [/"(expiresAt|dueKey)":("due#\d+"|\d+)/g, '"$1":"<it>"'],
];

/** The order of keys is not guaranteed. */
const sorted = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
};

/** Removes values that differ from run to run: random IDs and times. */
export const steady = (value: unknown): string =>
  CHANGING.reduce(
    (text, [pattern, name]) => text.replaceAll(pattern, name),
    JSON.stringify(value ?? null, sorted),
  );

/** The result of a call: its answer, and every row of the table. */
export interface Aftermath {
  readonly status: number;
  readonly body: string;
  readonly rows: readonly string[];
}

export const aftermathOf = async (stores: Stores, { status, body }: Answer): Promise<Aftermath> => ({
  status,
  body: steady(body),
  rows: (await stores.rows()).map(steady).sort(),
});

const arrangements = new Map<Operation, Promise<Item[]>>();

/** A new table with the preparation of the operation, which runs once; each later table gets a copy of its rows. */
export const arranged = async (url: string, operation: Operation): Promise<Stores> => {
  const arrange = async (): Promise<Item[]> => {
    const stores = await openStores(url, LEAN);
    await operation.arrange(apiOn(stores));
    return stores.rows();
  };
  const arranging = arrangements.get(operation) ?? arrange();
  arrangements.set(operation, arranging);
  const [stores, rows] = await Promise.all([openStores(url, LEAN), arranging]);
  await stores.fill(rows);
  return stores;
};

interface Undisturbed {
  readonly aftermath: Aftermath;
  /** The number of its writes. */
  readonly writes: number;
}

const undisturbed = new Map<Operation, Promise<Undisturbed>>();

/** An operation without faults. */
export const runUndisturbed = (url: string, operation: Operation): Promise<Undisturbed> => {
  const run = async (): Promise<Undisturbed> => {
    const stores = await arranged(url, operation);
    let writes = 0;
    const counted = stores.intercepted((name, send) => {
      if (isWrite(name)) writes += 1;
      return send();
    });
    const aftermath = await aftermathOf(stores, await operation.call(apiOn(counted)));
    return { aftermath, writes };
  };
  const known = undisturbed.get(operation) ?? run();
  undisturbed.set(operation, known);
  return known;
};

/** The result of an operation without faults. */
export const aftermathUndisturbed = async (url: string, operation: Operation): Promise<Aftermath> =>
  (await runUndisturbed(url, operation)).aftermath;
