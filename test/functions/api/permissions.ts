/** Who may call which route: one line for each route, or for each location that a route checks. */
import { defined } from '../../../lib/defined.ts';
import type { Kind } from '../../../lib/kind/index.ts';
import type { Action } from '../../../lib/location/location.ts';

/** The target of a call: a location that grants each action to another principal, with its elements. */
export interface Place {
  readonly kind: Kind;
  readonly location: string;
  /** The name of an element, which may be missing. */
  readonly name: string;
  readonly id: string;
  readonly path: string;
  /** A new name. */
  readonly fresh: string;
  /** A handle of this location's executor or of another one; it may be stale. */
  readonly handle: string;
  readonly openHandle: string;
}

interface Called {
  readonly path: string;
  readonly body?: object;
  readonly raw?: Uint8Array;
}

export interface Permission {
  readonly route: string;
  /** The location whose grants count. */
  readonly of: string;
  readonly kinds: readonly Kind[];
  /** Any one of these grants is enough. */
  readonly granted: readonly Action[] | 'everybody';
  /** The grant that a refusal names: by default the first; or depending on the caller's other grants. */
  readonly named?: Partial<Record<Action | 'others', Action>>;
  /** The statuses for permitted callers. */
  readonly answers: readonly number[];
  readonly call: (place: Place) => Called;
}

const ALL: readonly Kind[] = ['task', 'image', 'volume', 'executor', 'log'];
const DATA: readonly Kind[] = ['task', 'image', 'volume'];
const STORAGE: readonly Kind[] = ['image', 'volume'];
const EXECUTOR: readonly Kind[] = ['executor'];

const permission = (
  route: string,
  of: string,
  kinds: readonly Kind[],
  granted: Permission['granted'],
  answers: number | readonly number[],
  call: Permission['call'],
  named?: Permission['named'],
): Permission => defined({ route, of, kinds, granted, answers: [answers].flat(), call, named });

const ELEMENT = '/v1/elements/:kind/:location/:name';
const TASK = `${ELEMENT}/tasks/:taskLocation/:taskName`;
const WRITTEN = `${ELEMENT}/volumes/:volumeLocation/:volumeName`;
const RUNNER = '/v1/locations/:location/runner';
const runner =
  (tail: string, body?: object) =>
  ({ location }: Place): Called =>
    defined({ path: `/v1/locations/${location}/runner${tail}`, body });
const TAG = '/v1/tags/:location/:repository/:tag';
const tag =
  () =>
  ({ location, name }: Place): Called => ({ path: `/v1/tags/${location}/${name}/none` });
const at =
  (tail: string, more: Omit<Called, 'path'> = {}) =>
  ({ path }: Place): Called => ({ path: `${path}${tail}`, ...more });
const some = { size: 1, checksum: `sha256:${'0'.repeat(64)}` };
const report = { attempt: 1, state: 'running', at: '2026-01-31T12:00:00Z' };
/** An element of another location, which is open to everybody. */
const open = (kind: Kind) => `${kind}://open-${kind}/there`;
const mountOf = (kind: Kind) =>
  kind === 'image' || kind === 'volume' ? { mount: { path: '/m', readOnly: true } } : {};
const operation =
  (verb: string, body?: object) =>
  ({ handle }: Place): Called =>
    defined({ path: `/v1/compositions/${handle}/${verb}`, body: body || undefined });
const ofHandle =
  (tail: string) =>
  ({ handle }: Place): Called => ({ path: `/v1/compositions/${handle}${tail}` });
/** A refusal names `create`, unless the caller has that grant. */
const writing = { others: 'create', create: 'write' } as const;

// biome-ignore format: a table.
export const permissions: readonly Permission[] = [
  //         route                          of                 kinds     granted               answers     call
  permission('GET /v1/health',              'nobody',          ['task'], 'everybody',          200,        () => ({ path: '/v1/health' })),
  permission('GET /v1/openapi.json',        'nobody',          ['task'], 'everybody',          200,        () => ({ path: '/v1/openapi.json' })),
  permission('GET /v1/caller',              'nobody',          ['task'], 'everybody',          200,        () => ({ path: '/v1/caller' })),
  permission('POST /v1/registry/credentials', 'nobody',        ['task'], 'everybody',          200,        () => ({ path: '/v1/registry/credentials' })),
  permission('GET /v1/events',              'what they name',  ['task'], 'everybody',          200,        () => ({ path: '/v1/events' })),
  permission('GET /v1/locations',           'each',            ['task'], 'everybody',          200,        () => ({ path: '/v1/locations' })),
  permission('POST /v1/locations',          'nobody',          ALL,      'everybody',          201,        ({ kind, fresh }) => ({ path: '/v1/locations', body: { name: fresh, kind } })),
  permission('GET /v1/locations/:location', 'the location',    ALL,      ['read', 'admin'],    200,        ({ location }) => ({ path: `/v1/locations/${location}` })),
  permission('PATCH /v1/locations/:location',  'the location', ALL,      ['admin'],            200,        ({ location }) => ({ path: `/v1/locations/${location}`, body: {} })),
  permission('DELETE /v1/locations/:location', 'the location', ALL,      ['admin'],            409,        ({ location }) => ({ path: `/v1/locations/${location}` })),
  permission('GET /v1/runners',             'each',            ['task'], 'everybody',          200,        () => ({ path: '/v1/runners' })),
  permission(`GET ${RUNNER}`,               'the location',    EXECUTOR, ['read', 'admin'],    200,        runner('')),
  permission(`POST ${RUNNER}/claim`,        'the location',    EXECUTOR, ['execute'],          [200, 409], runner('/claim', { engine: 'e', runner: 'r', epoch: 0 })),
  permission(`POST ${RUNNER}/renew`,        'the location',    EXECUTOR, ['execute'],          409,        runner('/renew', { epoch: 9 })),
  permission(`POST ${RUNNER}/leave`,        'the location',    EXECUTOR, ['execute'],          409,        runner('/leave', { epoch: 9 })),
  permission(`POST ${RUNNER}/sessions`,     'the location',    EXECUTOR, ['execute'],          422,        runner('/sessions', { session: 's', epoch: 9 })),
  permission(`POST ${RUNNER}/fence`,        'the location',    EXECUTOR, ['admin'],            409,        runner('/fence')),

  permission('POST /v1/elements',           'the element',     ALL,      ['create'],           201,        ({ kind, location, fresh }) => ({ path: '/v1/elements', body: { id: `${kind}://${location}/${fresh}` } })),
  permission('POST /v1/elements',           'its parent',      ['task', 'image', 'volume', 'executor'], ['read'], [201, 422], ({ kind, id, fresh }) => ({ path: '/v1/elements', body: { id: `${kind}://open-${kind}/${fresh}`, parentId: id } })),
  permission('GET /v1/elements',            'the location',    ALL,      ['read'],             200,        ({ kind, location }) => ({ path: `/v1/elements?kind=${kind}&location=${location}` })),
  permission(`GET ${ELEMENT}`,              'the element',     ALL,      ['read'],             [200, 404], at('')),
  permission(`PATCH ${ELEMENT}`,            'the element',     ALL,      ['write'],            [200, 404], at('', { body: { metadata: { rw: { a: 'b' } } } })),
  permission(`DELETE ${ELEMENT}`,           'the element',     ALL,      ['delete'],           [409, 404], at('')),
  permission(`GET ${ELEMENT}/lineage`,      'the element',     ALL,      ['read'],             [200, 404], at('/lineage')),
  permission(`GET ${ELEMENT}/children`,     'the element',     ALL,      ['read'],             [200, 404], at('/children')),
  permission(`GET ${ELEMENT}/references`,   'the element',     ALL,      ['read'],             [200, 404], at('/references')),
  permission(`GET ${ELEMENT}/audit`,        'the element',     ALL,      ['read'],             [200, 404], at('/audit')),

  permission(`GET ${ELEMENT}/data`,         'the element',     ALL,      ['read'],             404,        at('/data')),
  permission(`PUT ${ELEMENT}/data`,         'the element',     DATA,     ['create'],           [409, 404], at('/data', { raw: new Uint8Array(1024) })),
  permission(`POST ${ELEMENT}/data/upload`, 'the element',     ['volume'], ['write'],          [409, 404], at('/data/upload', { body: some })),
  permission(`GET ${ELEMENT}/data/upload`,  'the element',     DATA,     ['write'],            409,        at('/data/upload'), writing),
  permission(`POST ${ELEMENT}/data/verify`,   'the element',   ['image'], ['write'],           [200, 404], at('/data/verify')),
  permission(`POST ${ELEMENT}/data/complete`, 'the element',   DATA,     ['write'],            200,        at('/data/complete'), writing),

  permission(`GET ${ELEMENT}/tasks`,        'the storage',     STORAGE,  ['read'],             [200, 404], at('/tasks')),
  permission(`PUT ${TASK}`,                 'the storage',     STORAGE,  ['write'],            [200, 404], at('/tasks/open-task/there')),
  permission(`PUT ${TASK}`,                 'the task',        ['task'], ['read'],             [200, 404], ({ location, name }) => ({ path: `/v1/elements/image/open-image/there/tasks/${location}/${name}` })),
  permission(`DELETE ${TASK}`,              'the storage',     STORAGE,  ['write'],            404,        at('/tasks/open-task/absent')),
  permission(`POST ${TASK}/reports`,        'the executor',    EXECUTOR, ['execute'],          [409, 404], at('/tasks/open-task/there/reports', { body: report })),
  permission(`GET ${TASK}/reports`,         'the executor',    EXECUTOR, ['read'],             [200, 404], at('/tasks/open-task/there/reports')),
  permission(`POST ${TASK}/attempts/:attempt/output`, 'the executor', EXECUTOR, ['execute'], [409, 404], at('/tasks/open-task/there/attempts/1/output', { body: { stream: 'stdout' } })),
  permission(`GET ${TASK}/attempts/:attempt/output`, 'the executor', EXECUTOR, ['read'],     [200, 404], at('/tasks/open-task/there/attempts/1/output')),

  permission(`GET ${ELEMENT}/attachment`,   'the volume',      ['volume'], ['read'],           404,        at('/attachment')),
  permission(`DELETE ${ELEMENT}/attachment`, 'the volume',     ['volume'], ['admin'],          404,        at('/attachment')),
  permission(`GET ${WRITTEN}/attachment`,   'the executor',    EXECUTOR, ['execute'],          [409, 404], at('/volumes/open-volume/there/attachment')),
  permission(`POST ${WRITTEN}/attachment`,  'the executor',    EXECUTOR, ['execute'],          [409, 404], at('/volumes/open-volume/there/attachment', { body: { attachment: 'a', engine: 'e' } })),
  permission(`POST ${WRITTEN}/saves`,       'the executor',    EXECUTOR, ['execute'],          [409, 404], at('/volumes/open-volume/there/saves', { body: { attachment: 'a', round: 1, engine: 'e', unchanged: true } })),
  permission(`POST ${WRITTEN}/saves/complete`, 'the executor', EXECUTOR, ['execute'],          [409, 404], at('/volumes/open-volume/there/saves/complete', { body: { attachment: 'a', round: 1 } })),

  permission('GET /v1/tags/:location',              'the location', ['image'], ['read'],        200,        ({ location }) => ({ path: `/v1/tags/${location}` })),
  permission('GET /v1/tags/:location/:repository',  'the location', ['image'], ['read'],        200,        ({ location, name }) => ({ path: `/v1/tags/${location}/${name}` })),
  permission(`GET ${TAG}`,                          'the location', ['image'], ['read'],        404,        tag()),
  permission(`PUT ${TAG}`,                          'the location', ['image'], [],              201,        ({ location, name, id }) => ({ path: `/v1/tags/${location}/${name}/1`, body: { id } }), { others: 'read', read: 'create' }),
  permission(`DELETE ${TAG}`,                       'the location', ['image'], ['delete'],      404,        tag()),

  permission('POST /v1/compositions',                    'the executor', EXECUTOR, ['compose', 'execute', 'interact'], [201, 404], ({ id }) => ({ path: '/v1/compositions', body: { executorId: id } })),
  permission('POST /v1/compositions',                    'the executor that is composed', EXECUTOR, ['compose'], [404, 409], ({ id }) => ({ path: '/v1/compositions', body: { executorId: id, members: [{ id: open('log') }] } })),
  permission('POST /v1/compositions',                    'what joins at once', ['task', 'image', 'volume', 'log'], ['compose'], 404, ({ id, kind }) => ({ path: '/v1/compositions', body: { executorId: 'executor://open-executor/none', members: [{ id, ...mountOf(kind) }] } })),
  permission('GET /v1/runs',                             'the executors', EXECUTOR, ['read'],    200, ({ location }) => ({ path: `/v1/runs?executorLocation=${location}` })),
  permission('GET /v1/compositions/:handle',             'the executor', EXECUTOR, ['read'],    409, ofHandle('')),
  permission('DELETE /v1/compositions/:handle',          'the executor', EXECUTOR, ['compose'], 409, ofHandle('')),
  permission('GET /v1/compositions/:handle/plan',        'the executor', EXECUTOR, ['read', 'execute'], 409, ofHandle('/plan?target=oci')),
  permission('POST /v1/compositions/:handle/join',       'the executor', EXECUTOR, ['compose'], 409, operation('join', { id: open('log') })),
  permission('POST /v1/compositions/:handle/join',       'what joins',   ['task', 'image', 'volume', 'log'], ['compose'], 409, ({ openHandle, id, kind }) => ({ path: `/v1/compositions/${openHandle}/join`, body: { id, ...mountOf(kind) } })),
  permission('POST /v1/compositions/:handle/bind',       'the executor', EXECUTOR, ['compose'], 409, operation('bind')),
  permission('POST /v1/compositions/:handle/unbind',     'the executor', EXECUTOR, ['compose'], 409, operation('unbind')),
  permission('POST /v1/compositions/:handle/leave',      'the executor', EXECUTOR, ['compose'], 409, operation('leave', { id: open('log') })),
  permission('POST /v1/compositions/:handle/interrupt',  'the executor', EXECUTOR, ['compose'], 409, operation('interrupt', { id: open('task'), signal: 'TERM' })),
  permission('POST /v1/compositions/:handle/sessions',   'the executor', EXECUTOR, ['interact'], 422, operation('sessions', { id: open('task'), kind: 'attach' })),
];

/** Callers who may set a field. */
type Sayer = 'owner' | 'granted' | 'administrator' | 'stranger';

interface Saying {
  readonly method: 'POST' | 'PATCH';
  /** The field of a location. */
  readonly says: string;
  readonly kind: Kind;
  readonly body: object;
  /** Callers who may set it; for a change, possibly nobody. */
  readonly by: readonly Sayer[];
}

const EVERYBODY: readonly Sayer[] = ['owner', 'granted', 'administrator', 'stranger'];
const MANAGERS: readonly Sayer[] = ['owner', 'granted', 'administrator'];
const nfs = { server: 'files', path: '/exports' };
const heir = 'arn:aws:iam::123456789012:role/heir';
const allow = { logs: ['s3://lines/'] };

/** Who may set which field of a location: the creator, a caller with `admin`, the owner, an administrator of the deployment. */
export const sayings: readonly Saying[] = [
  { method: 'POST', says: 'policy', kind: 'task', body: { policy: 'create-only' }, by: EVERYBODY },
  { method: 'POST', says: 'grants', kind: 'task', body: { grants: [] }, by: EVERYBODY },
  { method: 'POST', says: 'owner', kind: 'task', body: { owner: heir }, by: EVERYBODY },
  { method: 'POST', says: 'nfs', kind: 'volume', body: { type: 'nfs', nfs }, by: ['administrator'] },
  { method: 'POST', says: 'allow', kind: 'executor', body: { allow }, by: ['administrator'] },
  { method: 'PATCH', says: 'policy', kind: 'task', body: { policy: 'create-only' }, by: MANAGERS },
  { method: 'PATCH', says: 'capacity', kind: 'image', body: { capacity: 2_048 }, by: MANAGERS },
  { method: 'PATCH', says: 'grants', kind: 'task', body: { grants: null }, by: MANAGERS },
  { method: 'PATCH', says: 'owner', kind: 'task', body: { owner: heir }, by: ['owner', 'administrator'] },
  { method: 'PATCH', says: 'allow', kind: 'executor', body: { allow }, by: ['administrator'] },
  { method: 'PATCH', says: 'nfs', kind: 'volume', body: { nfs }, by: [] },
];
