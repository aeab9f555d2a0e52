import { eventsOf } from '../../lib/event/catalogue.ts';
import type { Entering } from '../../lib/event/event-log.ts';
import type { Service } from '../service.ts';
import { type PartitionUnits, type SharedPartitions, sharedPartitions } from './partition-units.ts';
import type { UnitRecorder } from './unit-recorder.ts';

/** Recordings of each operation, each on other elements. */
const TIMES = 32;
const AUDIT_DAYS = 400;

/** The nth archive, empty, with different bytes. */
const archive = (n: number) => ({ base64: Buffer.alloc(1024 + 512 * n).toString('base64') });
const spec = { process: { args: ['/bin/true'] } };
const POPULAR = 'image://library/popular';

/** Makes the elements that must exist before the recording. */
export const prepare = async ({ call }: Service): Promise<void> => {
  const locations = [
    { name: 'library', kind: 'image', indexed: ['ro.os'] },
    { name: 'bounded', kind: 'image', capacity: 1_000_000_000 },
    { name: 'jobs', kind: 'task' },
    { name: 'hosts', kind: 'executor' },
  ];
  for (const body of locations) await call('POST', '/v1/locations', { body });
  await call('POST', '/v1/elements', { body: { id: POPULAR, data: archive(0) } });
  // With free space left over, as is usual.
  for (let n = 0; n < TIMES; n += 1) {
    await call('POST', '/v1/elements', { body: { id: `image://bounded/image-${n}`, freeSpace: 1 } });
    await call('DELETE', `/v1/elements/image/bounded/image-${n}`);
  }
  // Fills a page.
  for (let n = 0; n < 50; n += 1) {
    const body = { id: `image://library/early-${n}`, metadata: { ro: { os: 'linux' } } };
    await call('POST', '/v1/elements', { body });
  }
};

/** The calls of the nth user. Each finds its elements, because an earlier one made them. */
const callsOf = ({ call }: Service, n: number) => {
  let handle = '';
  const create = (id: string, more: object = {}) => call('POST', '/v1/elements', { body: { id, ...more } });
  const image = `image://library/image-${n}`;
  const executor = `executor://hosts/host-${n}`;
  const task = `task://jobs/task-${n}`;
  const operate = async (name: string, body: object = {}): Promise<void> => {
    handle = JSON.parse(await call('POST', `/v1/compositions/${handle}/${name}`, { body })).handle;
  };
  const report = (body: object) =>
    call('POST', `/v1/elements/executor/hosts/host-${n}/tasks/jobs/task-${n}/reports`, {
      body: { attempt: 1, at: '2026-01-01T00:00:00Z', ...body },
    });
  return {
    'create of an image': () => create(image, { metadata: { ro: { os: 'linux' } }, data: archive(n + 1) }),
    'create of a task': () => create(task, { spec }),
    'create of an executor': () => create(executor),
    'create where capacity is counted': () => create(`image://bounded/image-${n}`, { freeSpace: 1 }),
    'create below a parent of its own': () => create(`image://library/child-${n}`, { parentId: image }),
    'create below one parent': () => create(`image://library/popular-${n}`, { parentId: POPULAR }),
    'create with an Idempotency-Key': () =>
      call('POST', '/v1/elements', {
        body: { id: `task://jobs/keyed-${n}` },
        headers: { 'idempotency-key': `key-${n}` },
      }),
    read: () => call('GET', `/v1/elements/image/library/image-${n}`),
    'list page': () => call('GET', '/v1/elements?kind=image&location=library&limit=50'),
    'update of a key': () =>
      call('PATCH', `/v1/elements/image/library/image-${n}`, {
        body: { metadata: { rw: { note: 'tested' } } },
      }),
    tag: () => call('PUT', `/v1/tags/library/app-${n}/latest`, { body: { id: image } }),
    'read by a tag': () => call('GET', `/v1/elements/image/library/app-${n}`),
    'move of a tag': () =>
      call('PUT', `/v1/tags/library/app-${n}/latest`, { body: { id: `image://library/child-${n}` } }),
    'remove of a tag': () => call('DELETE', `/v1/tags/library/app-${n}/latest`),
    'open of a composition': async () => {
      handle = JSON.parse(await call('POST', '/v1/compositions', { body: { executorId: executor } })).handle;
    },
    'join of one image': () => operate('join', { id: POPULAR, mount: { path: '/' } }),
    'join of a task of its own': () => operate('join', { id: task }),
    'bind of everything': () => operate('bind'),
    plan: () => call('GET', `/v1/compositions/${handle}/plan?target=oci`),
    'read of a composition': () => call('GET', `/v1/compositions/${handle}`),
    'report that it runs': () => report({ state: 'running' }),
    'report that it ended': () => report({ state: 'exited', exitCode: 0 }),
    'unbind of everything': () => operate('unbind'),
    'leave of a task of its own': () => operate('leave', { id: task }),
    'leave of one image': () => operate('leave', { id: POPULAR }),
    'delete of an executor': () => call('DELETE', `/v1/elements/executor/hosts/host-${n}`),
    'delete of a task': () => call('DELETE', `/v1/elements/task/jobs/task-${n}`),
  };
};

export type OperationName = keyof ReturnType<typeof callsOf>;

/** Units that an operation takes of partitions shared with others of its kind: by the call itself, and by the event log for its changes. */
export type Recorded = Readonly<Record<string, readonly SharedPartitions[]>>;

/**
 * Records all operations, each many times on elements of its own. Their events are logged together, as under load, where the function gets up to
 * 500 at a time.
 */
export const recordOperations = async (service: Service, recorder: UnitRecorder): Promise<Recorded> => {
  const users = Array.from({ length: TIMES }, (_, n) => callsOf(service, n));
  const recorded: Record<string, readonly SharedPartitions[]> = {};
  for (const name of Object.keys(callsOf(service, 0)) as OperationName[]) {
    const called: (readonly PartitionUnits[])[] = [];
    const entering: Entering[] = [];
    for (const user of users) {
      called.push(await recorder.record(user[name]));
      for (const event of recorder.changes.flatMap((change) => eventsOf(change)))
        entering.push({ event, sequence: String(entering.length), order: 0 });
    }
    const logged = await recorder.record(() => service.dependencies.log.append(entering, AUDIT_DAYS));
    recorded[name] = sharedPartitions([...called, ...logged.map((units) => [units])], TIMES);
  }
  return recorded;
};
