import { createHash } from 'node:crypto';
import type { Answer, Api } from './api.ts';
import type { Operation } from './operations.ts';

const executorId = 'executor://hosts/one';
const image = { id: 'image://library/root', mount: { path: '/' } };
const volume = { id: 'volume://disks/data', mount: { path: '/data' } };
const task = { id: 'task://jobs/nightly' };
const along = { id: 'task://jobs/along' };

const pathOf = (id: string): string => `/elements/${id.replace('://', '/')}`;
const association = `${pathOf(volume.id)}/tasks/jobs/along` as const;
const reportsOn = (id: string): string => `${pathOf(executorId)}/tasks/${id.slice('task://'.length)}/reports`;

/** Runs an operation with a handle that it first reads. */
const operate = async (api: Api, name: string, body: object = {}, headers = {}): Promise<Answer> => {
  const { body: opened } = await api('POST /compositions', { executorId });
  return api(`POST /compositions/${opened.handle}/${name}`, body, headers);
};

const report = (api: Api, { id }: { id: string }, state: object): Promise<Answer> =>
  api(`POST ${reportsOn(id)}`, { attempt: 1, at: '2026-01-01T00:00:00Z', ...state });

const place = async (api: Api): Promise<void> => {
  const kinds = { hosts: 'executor', library: 'image', disks: 'volume', jobs: 'task' };
  for (const [name, kind] of Object.entries(kinds)) await api('POST /locations', { name, kind });
  for (const id of [executorId, image.id, volume.id, task.id, along.id]) await api('POST /elements', { id });
};

const arranging =
  (...steps: ((api: Api) => Promise<unknown>)[]) =>
  async (api: Api): Promise<void> => {
    await place(api);
    for (const step of steps) await step(api);
  };

const join =
  (request: object) =>
  (api: Api): Promise<Answer> =>
    operate(api, 'join', request);
const open = (api: Api): Promise<Answer> => api('POST /compositions', { executorId });
const associate = (api: Api): Promise<Answer> => api(`PUT ${association}`);
const bindAll = (api: Api): Promise<Answer> => operate(api, 'bind');
const alone = { ...volume, mount: { ...volume.mount, persistent: false } };
const joined = [join(image), join(volume), join(task)];

const written = `${pathOf(executorId)}/volumes/disks/data`;
const engine = 'engine';
const named = async (api: Api): Promise<{ attachment: string; round: number }> => {
  const { attachment, round } = (await api(`GET ${written}/attachment`)).body;
  return { attachment, round };
};
const claim = async (api: Api): Promise<Answer> =>
  api(`POST ${written}/attachment`, { attachment: (await named(api)).attachment, engine });
const save =
  (said: object) =>
  async (api: Api): Promise<Answer> =>
    api(`POST ${written}/saves`, { ...(await named(api)), engine, ...said });
/** A tar archive without entries. */
const archive = Buffer.alloc(1024);
const checksum = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
const begin = save({ size: archive.length, checksum });
const send = async (api: Api): Promise<void> => {
  const { body } = await begin(api);
  const [{ url, method, headers }] = body.upload.requests;
  await fetch(url, { method, headers, body: archive });
};
const bind = (api: Api): Promise<Answer> => operate(api, 'bind', { id: volume.id });
const unbind = (api: Api): Promise<Answer> => operate(api, 'unbind', { id: volume.id });
const attached = [join(volume), bind];
const saving = [...attached, claim, unbind];

/** Every call that saves the writes to a volume. */
const savingOperations: readonly Operation[] = [
  { name: 'a claim of a volume', arrange: arranging(...attached), call: claim, status: 200 },
  {
    name: 'an unbind of a volume that was written',
    arrange: arranging(...attached, claim),
    call: unbind,
    status: 200,
  },
  {
    name: 'an unbind that discards what is being sent',
    arrange: arranging(...saving, begin),
    call: (api) => operate(api, 'unbind', { id: volume.id, discard: true }),
    status: 200,
  },
  {
    name: 'a bind again of what is being sent',
    arrange: arranging(...saving, begin),
    call: bind,
    status: 200,
  },
  {
    name: 'a save of what did not change',
    arrange: arranging(...saving),
    call: async (api) => {
      const said = { ...(await named(api)), engine, unchanged: true };
      return api(`POST ${written}/saves`, said);
    },
    status: 200,
  },
  {
    name: 'a save that begins',
    arrange: arranging(...saving),
    // Each answer signs its requests again.
    call: async (api) => {
      const { body, ...answer } = await begin(api);
      const { upload, ...attachment } = body;
      // A refusal has no upload.
      return { ...answer, body: { ...attachment, requests: upload?.requests.length } };
    },
    status: 201,
  },
  {
    name: 'a save that cannot be',
    arrange: arranging(...saving, begin),
    call: save({ problem: { code: 'disk-full', detail: 'no space' } }),
    status: 202,
  },
  {
    name: 'a save whose bytes are there',
    arrange: arranging(...saving, send),
    call: async (api) => api(`POST ${written}/saves/complete`, await named(api)),
    status: 202,
  },
  {
    name: 'a release',
    arrange: arranging(...saving, begin),
    call: (api) => api(`DELETE ${pathOf(volume.id)}/attachment`),
    status: 204,
  },
];

/** Every call that writes to a composition, and the calls that associate tasks with storage. */
export const compositionOperations: readonly Operation[] = [
  ...savingOperations,
  {
    name: 'an open',
    arrange: arranging(),
    call: (api) => api('POST /compositions', { executorId }, { 'idempotency-key': 'key' }),
    status: 201,
  },
  { name: 'a join', arrange: arranging(open), call: join(image), status: 200 },
  {
    name: 'a join that a task comes along with',
    arrange: arranging(open, associate),
    call: (api) => operate(api, 'join', volume, { 'idempotency-key': 'key' }),
    status: 200,
  },
  { name: 'a join of a volume alone', arrange: arranging(open, associate), call: join(alone), status: 200 },
  { name: 'a bind of everything', arrange: arranging(...joined), call: bindAll, status: 200 },
  {
    name: 'an unbind of everything',
    arrange: arranging(...joined, bindAll),
    call: (api) => operate(api, 'unbind'),
    status: 200,
  },
  {
    name: 'a leave',
    arrange: arranging(associate, join(volume)),
    call: (api) => operate(api, 'leave', { id: volume.id }),
    status: 200,
  },
  {
    name: 'a leave of a volume held alone',
    arrange: arranging(associate, join(alone)),
    call: (api) => operate(api, 'leave', { id: volume.id }),
    status: 200,
  },
  {
    name: 'an interrupt',
    arrange: arranging(...joined, bindAll),
    call: (api) => operate(api, 'interrupt', { ...task, signal: 'TERM' }, { 'idempotency-key': 'key' }),
    status: 200,
  },
  {
    name: 'a report',
    arrange: arranging(...joined, bindAll),
    call: (api) => report(api, task, { state: 'running' }),
    status: 201,
  },
  {
    name: 'a report by which a task leaves',
    arrange: arranging(...joined, bindAll, join(along), (api) => operate(api, 'bind', along)),
    call: (api) => report(api, along, { state: 'exited', exitCode: 3 }),
    status: 201,
  },
  { name: 'an association', arrange: arranging(), call: associate, status: 200 },
  {
    name: 'an end of an association',
    arrange: arranging(associate),
    call: (api) => api(`DELETE ${association}`),
    status: 204,
  },
  {
    name: 'a delete of an executor that was composed',
    arrange: arranging(join(image), (api) => operate(api, 'leave', { id: image.id })),
    call: (api) => api(`DELETE ${pathOf(executorId)}`),
    status: 204,
  },
];
