import { createHash } from 'node:crypto';
import { createDynamoClient } from '../lib/adapters/dynamodb/engine/client.ts';
import type { HandleJson } from '../lib/composition/shown-composition.ts';
import type { AttachmentJson } from '../lib/element/attachment-schema.ts';
import { verifyUpload } from '../lib/element/upload/verify-upload.ts';
import { MAX_TEXT_BYTES } from '../lib/output/output-schema.ts';
import { type Operation, usageBars } from './bars.ts';
import { exactly, type Figure } from './figures.ts';
import { Meter, type Usage } from './meter.ts';
import { someImage } from './oci-image.ts';
import type { PartitionUnits } from './scale/partition-units.ts';
import { UnitRecorder } from './scale/unit-recorder.ts';
import { LOG_TABLE, type Service, withService } from './service.ts';

const IMAGES = '/v1/elements/image/library';
const PARENT = 'image://library/parent';
const TAG = '/v1/tags/library/app/1.2';
const LIST = '/v1/elements?kind=image&location=library&filter=';

/** An element as users write it: an indexed key of either map, and one that is not. */
const element = (id: string) => ({
  id,
  metadata: { ro: { os: 'linux' }, rw: { channel: 'stable', note: 'as built' } },
});

const EXECUTOR = 'executor://hosts/first';
const EXECUTORS = '/v1/elements/executor/hosts';
const OUTPUT = `${EXECUTORS}/first/tasks/jobs/nightly/attempts/1/output`;
const VOLUMES = '/v1/elements/volume/disks';
/** With data, without which nothing runs: a tar archive that has no entries. */
const ROOT = 'image://roots/first';
const archive = { base64: Buffer.alloc(1024).toString('base64') };
const spec = { process: { args: ['/bin/true'] } };

/** An executor with a volume at `/` that descends from an image, not bound: its handle. */
const prepareVolumeAtRoot = async (call: Service['call']): Promise<string> => {
  const [executorId, id] = ['executor://hosts/third', 'volume://disks/root'];
  await call('POST', '/v1/elements', { body: { id: executorId } });
  await call('POST', '/v1/elements', { body: { id, parentId: ROOT } });
  const opened = JSON.parse(await call('POST', '/v1/compositions', { body: { executorId } }));
  const body = { id, mount: { path: '/' } };
  return JSON.parse(await call('POST', `/v1/compositions/${opened.handle}/join`, { body })).handle;
};

const VOLUMES_OF_THIRTY = Array.from({ length: 30 }, (_, at) => `volume://disks/of-thirty-${at}`);
/** Each held alone: nothing takes more rows. */
const THIRTY = {
  executorId: 'executor://hosts/thirty',
  executor: {},
  members: VOLUMES_OF_THIRTY.map((id, at) => ({
    id,
    mount: { path: at === 0 ? '/' : `/${at}`, persistent: false },
  })),
  bind: true,
};

/** What joins an executor; `data` is associated with a task. Answers the handle of another. */
const prepareComposition = async (call: Service['call']): Promise<string> => {
  await call('POST', '/v1/locations', { body: { name: 'hosts', kind: 'executor' } });
  await call('POST', '/v1/locations', { body: { name: 'disks', kind: 'volume' } });
  await call('POST', '/v1/locations', { body: { name: 'roots', kind: 'image' } });
  await call('POST', '/v1/elements', { body: { id: ROOT, data: archive } });
  const volumes = ['data', 'scratch', 'spare'].map((name) => `volume://disks/${name}`);
  for (const id of [EXECUTOR, 'executor://hosts/second', ...volumes, ...VOLUMES_OF_THIRTY]) {
    await call('POST', '/v1/elements', { body: { id } });
  }
  for (const name of ['nightly', 'along']) {
    await call('POST', '/v1/elements', { body: { id: `task://jobs/${name}`, spec } });
  }
  await call('PUT', `${VOLUMES}/data/tasks/jobs/along`);
  return prepareVolumeAtRoot(call);
};

/** The operations on a composition, in an order in which each finds what it needs. */
const compositionOperations = ({ call, dependencies }: Service, withVolume: string) => {
  let handle = '';
  let members: HandleJson['composition']['members'] = [];
  const keepHandle = async (answer: Promise<string>): Promise<void> => {
    const handled = JSON.parse(await answer) as HandleJson;
    ({ handle } = handled);
    ({ members } = handled.composition);
  };
  const open = () => keepHandle(call('POST', '/v1/compositions', { body: { executorId: EXECUTOR } }));
  const operate = (name: string, body: object = {}) =>
    keepHandle(call('POST', `/v1/compositions/${handle}/${name}`, { body }));
  const mounted = (id: string, path: string, rest: object = {}) => ({ id, mount: { path, ...rest } });
  const data = 'volume://disks/data';
  const scratch = 'volume://disks/scratch';
  let mark = 0;
  const segmentOf = (text: string) => {
    const bytes = Buffer.from(text);
    const after = mark === 0 ? {} : { after: String(mark) };
    mark += 1;
    const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const content = bytes.length <= MAX_TEXT_BYTES ? { text } : { checksum };
    const lines = text.split('\n').length - 1;
    return {
      ...after,
      mark: String(mark),
      at: '2026-01-01T00:00:00Z',
      lines,
      size: bytes.length,
      ...content,
    };
  };
  /** Of the run that was composed first. */
  let ofRun = '';
  /** What a run takes: its executor, an image at `/`, an inline task and others, all of it bound. */
  const compose = (name: string, ...others: object[]) =>
    call('POST', '/v1/compositions', {
      body: {
        executorId: `executor://hosts/${name}`,
        executor: {},
        members: [mounted(ROOT, '/'), { task: { name: 'run', spec } }, ...others],
        bind: true,
      },
    });
  const write = (segment?: object) => call('POST', OUTPUT, { body: { stream: 'stdout', segment } });
  const written = `${EXECUTORS}/first/volumes/disks/data`;
  const engine = 'engine';
  /** What names the attachment of the volume that is written. */
  const named = () => ({ attachment: members.find(({ id }) => id === data)?.attachment ?? '', round: 1 });
  const archived = Buffer.alloc(2048);
  const save = async (): Promise<void> => {
    const checksum = `sha256:${createHash('sha256').update(archived).digest('hex')}`;
    const body = { ...named(), engine, size: archived.length, checksum };
    const { upload } = JSON.parse(await call('POST', `${written}/saves`, { body })) as AttachmentJson;
    for (const { url, method, headers } of upload?.requests ?? [])
      await fetch(url, { method, headers, body: archived });
  };
  const verify = async (): Promise<void> => {
    const record = await dependencies.elements.get(data);
    await verifyUpload(dependencies, data, record?.upload?.verification?.attempt ?? '');
  };
  const lease = (step: string, body: object) => call('POST', `/v1/locations/hosts/runner/${step}`, { body });
  const report = (task: string, said: object = {}) =>
    call('POST', `${EXECUTORS}/${task}/reports`, {
      body: { attempt: 1, state: 'running', at: '2026-01-01T00:00:00Z', ...said },
    });
  return {
    'open of a composition': open,
    'open of a composition that is there': open,
    'read of a composition': () => call('GET', `/v1/compositions/${handle}`),
    join: () => operate('join', mounted(ROOT, '/')),
    'join of a task': () => operate('join', { id: 'task://jobs/nightly' }),
    'join with an associated task': () => operate('join', mounted(data, '/data')),
    'join of a volume alone': () => operate('join', mounted(scratch, '/scratch', { persistent: false })),
    'bind of everything': () => operate('bind'),
    'bind of a volume of an image': () => call('POST', `/v1/compositions/${withVolume}/bind`, { body: {} }),
    interrupt: () => operate('interrupt', { id: 'task://jobs/nightly', signal: 'HUP' }),
    'write of output': () => write(segmentOf('line\n')),
    'write of much output': () => write(segmentOf('line\n'.repeat(10_000))),
    'where output ends': () => write(),
    'read of output': () => call('GET', `${OUTPUT}?stream=stdout`),
    'last lines of output': () => call('GET', `${OUTPUT}?stream=stdout&tail=10`),
    'report on a task': () => report('first/tasks/jobs/nightly'),
    plan: () => call('GET', `/v1/compositions/${handle}/plan?target=oci`),
    'read of an executor': () => call('GET', `${EXECUTORS}/first`),
    'refused delete of an executor': () => call('DELETE', `${EXECUTORS}/first`, { status: 409 }),
    'unbind of everything': () => operate('unbind'),
    'bind of a volume for writing': () => operate('bind', { id: data }),
    'claim of a volume': () =>
      call('POST', `${written}/attachment`, { body: { attachment: named().attachment, engine } }),
    'unbind of a volume that was written': () => operate('unbind', { id: data }),
    'begin of a save': save,
    'end of a save': () => call('POST', `${written}/saves/complete`, { body: named() }),
    'verification of a save': verify,
    'leave of a volume alone': () => operate('leave', { id: scratch }),
    'leave with an associated task': () => operate('leave', { id: data }),
    leave: () => operate('leave', { id: ROOT }),
    associate: () => call('PUT', `${VOLUMES}/data/tasks/jobs/first`),
    dissociate: () => call('DELETE', `${VOLUMES}/data/tasks/jobs/first`),
    'delete of an executor': () => call('DELETE', `${EXECUTORS}/second`),
    'composition of a run at once': async () => {
      ofRun = (JSON.parse(await compose('run')) as HandleJson).handle;
    },
    'composition of a run at once, with a task that comes along': () =>
      compose('run-2', mounted(data, '/data')),
    'composition of a run at once, with a volume alone': () =>
      compose('run-3', mounted('volume://disks/spare', '/scratch', { persistent: false })),
    'page of runs': () => call('GET', '/v1/runs?executorLocation=hosts&limit=50'),
    'composition of thirty members at once': () => call('POST', '/v1/compositions', { body: THIRTY }),
    'claim of a location by a runner': () => lease('claim', { engine, runner: 'runner', epoch: 0 }),
    'renewal by a runner': () => lease('renew', { epoch: 1 }),
    'read of a runner': () => call('GET', '/v1/locations/hosts/runner'),
    'report by the runner that has the location': () => report('run/tasks/hosts/run', { epoch: 1 }),
    'report that a run has ended': () =>
      report('run/tasks/hosts/run', { epoch: 1, state: 'exited', exitCode: 0 }),
    'close of a run that has ended': () =>
      call('DELETE', `/v1/compositions/${ofRun}?executor=delete`, { status: 204 }),
    'leave of a location by its runner': () => lease('leave', { epoch: 1 }),
  };
};

/** What an operation finds in place, in the order in which it is made. */
const prepare = async ({ call }: Service): Promise<string> => {
  const location = { kind: 'image', indexed: ['ro.os', 'rw.channel'] };
  await call('POST', '/v1/locations', { body: { ...location, name: 'library' } });
  await call('POST', '/v1/locations', { body: { ...location, name: 'bounded', capacity: 1_000_000 } });
  await call('POST', '/v1/locations', { body: { name: 'jobs', kind: 'task' } });
  await call('POST', '/v1/elements', { body: element(PARENT) });
  await call('POST', '/v1/elements', { body: { ...element('image://library/child'), parentId: PARENT } });
  await call('POST', '/v1/elements', { body: element('image://library/single') });
  // Known from here on.
  await call('POST', '/v1/elements', { body: element('image://bounded/first') });
  // The share of the space has something left, as it mostly has.
  await call('POST', '/v1/elements', { body: { ...element('image://bounded/second'), freeSpace: 1024 } });
  await call('DELETE', '/v1/elements/image/bounded/second');
  await call('POST', '/v1/elements', { body: { id: 'task://jobs/first' } });
  return prepareComposition(call);
};

/** The operations, in an order in which each finds what it needs. */
const operations = (service: Service, withVolume: string): Record<Operation, () => Promise<unknown>> => {
  const { call, dependencies } = service;
  const create = (name: string, more: object = {}) =>
    call('POST', '/v1/elements', { body: { ...element(`image://library/${name}`), ...more } });
  const list = (filter: string) => call('GET', `${LIST}${encodeURIComponent(filter)}`);
  const update = (rw: object) => call('PATCH', `${IMAGES}/single`, { body: { metadata: { rw } } });
  const data = { base64: Buffer.from('some data').toString('base64') };
  const { layer, image, imagePath } = someImage('library');
  const withColdCache = (run: () => Promise<unknown>) => {
    dependencies.known.forget('library');
    return run();
  };
  return {
    ...compositionOperations(service, withVolume),
    read: () => call('GET', `${IMAGES}/single`),
    'read, location not known yet': () => withColdCache(() => call('GET', `${IMAGES}/single`)),
    'update of a key': () => update({ note: 'as tested' }),
    'update of an indexed key': () => update({ channel: 'beta' }),
    'update of free space': () => call('PATCH', `${IMAGES}/single`, { body: { freeSpace: 1024 } }),
    create: () => create('plain'),
    'create, location not known yet': () => withColdCache(() => create('plain-2')),
    'create with an Idempotency-Key': () =>
      call('POST', '/v1/elements', {
        body: element('image://library/keyed'),
        headers: { 'idempotency-key': 'bench' },
      }),
    'create with a parent': () => create('below', { parentId: PARENT }),
    'create where capacity is counted': () =>
      call('POST', '/v1/elements', { body: { ...element('image://bounded/second'), freeSpace: 1024 } }),
    'create with data': () => call('POST', '/v1/elements', { body: { id: 'task://jobs/second', data } }),
    'create of a layer': () => call('POST', '/v1/elements', { body: layer }),
    'create of an OCI image': () => call('POST', '/v1/elements', { body: image }),
    'delete of an OCI image': () => call('DELETE', imagePath),
    'where the data is': () => call('GET', '/v1/elements/task/jobs/second/data', { status: 307 }),
    'list page': () => call('GET', '/v1/elements?kind=image&location=library'),
    'list page by indexed key': () => list('ro.os=linux'),
    'list page by name prefix': () => list('name^=pl'),
    'list page by parent': () => list(`parent=${PARENT}`),
    'list page by state': () => list('state=ready'),
    lineage: () => call('GET', `${IMAGES}/child/lineage`),
    children: () => call('GET', `${IMAGES}/parent/children`),
    references: () => call('GET', `${IMAGES}/parent/references`),
    tag: () => call('PUT', TAG, { body: { id: PARENT } }),
    'read by a tag': () => call('GET', `${IMAGES}/app:1.2`),
    'read of a tag': () => call('GET', TAG),
    'move of a tag': () => call('PUT', TAG, { body: { id: 'image://library/single' } }),
    'list of the tags of a repository': () => call('GET', '/v1/tags/library/app'),
    'list of the tags of a location': () => call('GET', '/v1/tags/library'),
    'create of a name that tags may have': () =>
      call('POST', '/v1/elements', { body: element('image://library/app:own') }),
    'delete with a tag': () => call('DELETE', `${IMAGES}/single`),
    'refused delete': () => call('DELETE', `${IMAGES}/parent`, { status: 409 }),
    delete: () => call('DELETE', `${IMAGES}/app:own`),
    'delete of a child': () => call('DELETE', `${IMAGES}/child`),
  };
};

const format = ({ roundTrips, calls, readUnits, writeUnits }: Usage): string =>
  `${roundTrips} in sequence, ${calls} in all, ${readUnits} RCU, ${writeUnits} WCU`;

/** What each operation asks of storage; on DynamoDB Local, with what its rows come to where it counts transactions otherwise than AWS. */
export const measureRoundTrips = (): Promise<Figure[]> =>
  withService('dynamodb-local', async (service) => {
    const meter = new Meter();
    meter.watch(service.dynamodb);
    meter.watch(service.s3);
    const reader = createDynamoClient();
    const recorder = new UnitRecorder(service.dynamodb, reader, LOG_TABLE);
    const withVolume = await prepare(service);
    const figures: Figure[] = [];
    for (const [name, operation] of Object.entries(operations(service, withVolume))) {
      let units: readonly PartitionUnits[] = [];
      const called = await meter.measure(async () => {
        units = await recorder.record(operation);
      });
      const sum = (of: 'reads' | 'writes') => units.reduce((all, each) => all + each[of], 0);
      const usage = { ...called, readUnits: sum('reads'), writeUnits: sum('writes') };
      figures.push(exactly(`storage: ${name}`, format(usage), format(usageBars[name as Operation])));
    }
    reader.destroy();
    return figures;
  });
