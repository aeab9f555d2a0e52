import { createHash } from 'node:crypto';
import type { HandleJson } from '../lib/composition/shown-composition.ts';
import type { AttachmentJson } from '../lib/element/attachment-schema.ts';
import { verifyUpload } from '../lib/element/upload/verify-upload.ts';
import { MAX_TEXT_BYTES } from '../lib/output/output-schema.ts';
import type { Service } from './service.ts';

const EXECUTOR = 'executor://hosts/first';
const EXECUTORS = '/v1/elements/executor/hosts';
const OUTPUT = `${EXECUTORS}/first/tasks/jobs/nightly/attempts/1/output`;
const VOLUMES = '/v1/elements/volume/disks';
/** With data, because a task needs it to run: a tar archive without entries. */
const ROOT = 'image://roots/first';
const archive = { base64: Buffer.alloc(1024).toString('base64') };
const spec = { process: { args: ['/bin/true'] } };

/** Makes an executor, not bound, with a volume at `/` that descends from an image. Answers its handle. */
const prepareVolumeAtRoot = async (call: Service['call']): Promise<string> => {
  const [executorId, id] = ['executor://hosts/third', 'volume://disks/root'];
  await call('POST', '/v1/elements', { body: { id: executorId } });
  await call('POST', '/v1/elements', { body: { id, parentId: ROOT } });
  const opened = JSON.parse(await call('POST', '/v1/compositions', { body: { executorId } }));
  const body = { id, mount: { path: '/' } };
  return JSON.parse(await call('POST', `/v1/compositions/${opened.handle}/join`, { body })).handle;
};

const VOLUMES_OF_THIRTY = Array.from({ length: 30 }, (_, at) => `volume://disks/of-thirty-${at}`);
/** Each is held on its own, which takes the most rows. */
const THIRTY = {
  executorId: 'executor://hosts/thirty',
  executor: {},
  members: VOLUMES_OF_THIRTY.map((id, at) => ({
    id,
    mount: { path: at === 0 ? '/' : `/${at}`, persistent: false },
  })),
  bind: true,
};

/** Makes the elements that join an executor, and associates `data` with a task. Answers the handle of another executor. */
export const prepareComposition = async (call: Service['call']): Promise<string> => {
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

/** The operations on a composition. Each finds its elements, because an earlier one made them. */
export const compositionOperations = ({ call, dependencies }: Service, withVolume: string) => {
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
  /** The handle of the run that was composed first. */
  let ofRun = '';
  /** All that a run needs, bound: its executor, an image at `/`, an inline task, and others. */
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
  /** Names the attachment of the volume that is written. */
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
