import { once } from 'node:events';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../lib/composition/session/channels.ts';
import { makeArchive } from './archive.ts';
import type { Story } from './story.ts';

const IMAGE = '/v1/elements/image/library/base';
const EXECUTOR = '/v1/elements/executor/workers/one';

const tellOfLocations = async (story: Story): Promise<void> => {
  await story.tell('createLocation', 'POST', '/v1/locations', {
    body: { name: 'library', kind: 'image', indexed: ['ro.os'] },
    headers: { 'idempotency-key': '7d2f' },
  });
  for (const [name, kind] of [
    ['workers', 'executor'],
    ['jobs', 'task'],
    ['disks', 'volume'],
    ['archive', 'image'],
  ]) {
    await story.make('POST', '/v1/locations', { name, kind });
  }
  await story.tell('listLocations', 'GET', '/v1/locations?limit=1');
  await story.tell('readLocation', 'GET', '/v1/locations/library');
  await story.tell('updateLocation', 'PATCH', '/v1/locations/archive', {
    body: { policy: 'read-only' },
    headers: await story.ifMatch('/v1/locations/archive'),
  });
  await story.tell('deleteLocation', 'DELETE', '/v1/locations/archive');
};

const tellOfElements = async (story: Story): Promise<void> => {
  const { base64 } = await makeArchive('etc/motd', 'welcome\n');
  await story.make('POST', '/v1/elements', {
    id: 'image://library/base',
    data: { base64 },
    metadata: { ro: { os: 'linux' }, rw: { tag: 'latest' } },
  });
  await story.tell('createElement', 'POST', '/v1/elements', {
    body: {
      id: 'image://library/tools',
      parentId: 'image://library/base',
      freeSpace: 65_536,
      metadata: { ro: { os: 'linux' }, rw: { channel: 'testing' } },
      data: { base64 },
    },
    headers: { 'idempotency-key': '91ac' },
  });
  await story.tell(
    'listElements',
    'GET',
    '/v1/elements?kind=image&location=library&filter=ro.os=linux&limit=1',
  );
  await story.tell('readElement', 'GET', `${IMAGE}?fields=attributes,ro.os`);
  await story.tell('updateElement', 'PATCH', IMAGE, {
    body: { metadata: { rw: { tag: null, channel: 'stable' } } },
    headers: await story.ifMatch(IMAGE),
  });
  await story.tell('readLineage', 'GET', '/v1/elements/image/library/tools/lineage');
  await story.tell('listChildren', 'GET', `${IMAGE}/children`);
  await story.tell('listReferences', 'GET', `${IMAGE}/references`);
  await story.make('POST', '/v1/elements', { id: 'image://library/old' });
  await story.tell('deleteElement', 'DELETE', '/v1/elements/image/library/old');
};

const tellOfData = async (story: Story): Promise<void> => {
  const { bytes, checksum, size, base64 } = await makeArchive('bin/tool', '#!/bin/sh\n');
  const awaited = { checksum, size, data: { upload: true } };
  await story.make('POST', '/v1/elements', { id: 'image://library/small', ...awaited });
  const headers = { 'content-type': 'application/x-tar' };
  await story.tell('putData', 'PUT', '/v1/elements/image/library/small/data', { raw: bytes, headers });
  await story.tell('getData', 'GET', `${IMAGE}/data`);
  await story.tell('headData', 'HEAD', `${IMAGE}/data`);
  await story.make('POST', '/v1/elements', { id: 'image://library/layer', ...awaited });
  const path = '/v1/elements/image/library/layer/data';
  const { body: upload } = await story.tell('readUpload', 'GET', `${path}/upload`);
  const [request] = upload.requests;
  await fetch(request.url, { method: request.method, headers: request.headers, body: bytes });
  await story.tell('completeUpload', 'POST', `${path}/complete`, {});
  await story.tell('verifyData', 'POST', `${IMAGE}/data/verify`);
  await story.make('POST', '/v1/elements', { id: 'volume://disks/home', data: { base64 } });
  await story.tell('replaceData', 'POST', '/v1/elements/volume/disks/home/data/upload', {
    body: { size, checksum },
  });
};

const tellOfTags = async (story: Story): Promise<void> => {
  const tag = '/v1/tags/library/app/1.2';
  await story.tell('setTag', 'PUT', tag, { body: { id: 'image://library/base' } });
  await story.tell('readTag', 'GET', tag);
  await story.tell('listTags', 'GET', '/v1/tags/library');
  await story.tell('listRepositoryTags', 'GET', '/v1/tags/library/app?limit=1');
  await story.tell('deleteTag', 'DELETE', tag);
};

const tellOfTasks = async (story: Story): Promise<void> => {
  await story.make('POST', '/v1/elements', {
    id: 'task://jobs/build',
    spec: { process: { args: ['/bin/make'], cwd: '/src' }, restart: { mode: 'on-failure', attempts: 3 } },
  });
  await story.tell('associateTask', 'PUT', `${IMAGE}/tasks/jobs/build`);
  await story.tell('listTasks', 'GET', `${IMAGE}/tasks`);
  await story.tell('dissociateTask', 'DELETE', `${IMAGE}/tasks/jobs/build`);
};

const tellOfCompositions = async (story: Story): Promise<void> => {
  await story.make('POST', '/v1/elements', { id: 'executor://workers/one' });
  const made = await story.tell('openComposition', 'POST', '/v1/compositions', {
    body: {
      executorId: 'executor://workers/nightly',
      executor: {},
      members: [
        { id: 'image://library/base', mount: { path: '/', readOnly: true } },
        { task: { name: 'hello', spec: { process: { args: ['echo', 'hello'] } } } },
      ],
      bind: true,
    },
  });
  const opened = await story.make('POST', '/v1/compositions', { executorId: 'executor://workers/one' });
  let path = `/v1/compositions/${opened.body.handle}`;
  const go = async (id: string, step: string, body?: object): Promise<void> => {
    const answer = await story.tell(id, 'POST', `${path}/${step}`, body ? { body } : {});
    path = `/v1/compositions/${answer.body.handle}`;
  };
  const id = 'task://jobs/build';
  await go('joinElement', 'join', { id, overrides: { process: { cwd: '/tmp' } } });
  await go('joinElement', 'join', { id: 'image://library/base', mount: { path: '/', readOnly: true } });
  await go('bindElements', 'bind');
  await story.tell('readComposition', 'GET', path);
  await story.tell('planComposition', 'GET', `${path}/plan?target=oci`);
  await go('interruptTask', 'interrupt', { id, signal: 'HUP' });
  const reports = `${EXECUTOR}/tasks/jobs/build/reports`;
  await story.tell('reportTask', 'POST', reports, {
    body: { attempt: 1, state: 'exited', exitCode: 0, at: '2026-01-31T12:00:00Z' },
    headers: { 'idempotency-key': '5b0e' },
  });
  await story.tell('listReports', 'GET', reports);
  const output = `${EXECUTOR}/tasks/jobs/build/attempts/1/output`;
  const text = '2026-01-31T11:59:58.25Z make: nothing to be done\n';
  const segment = { mark: '1', at: '2026-01-31T11:59:58.25Z', lines: 1, size: text.length, text };
  await story.tell('appendOutput', 'POST', output, { body: { stream: 'stdout', segment } });
  await story.tell('readOutput', 'GET', `${output}?stream=stdout&tail=10`);
  await story.tell('listRuns', 'GET', '/v1/runs?executorLocation=workers&state=exited');
  await go('unbindElements', 'unbind');
  await go('leaveElement', 'leave', { id });
  await story.make(
    'POST',
    reports.replace('one/tasks', 'nightly/tasks').replace('jobs/build', 'workers/hello'),
    {
      attempt: 1,
      state: 'running',
      at: '2026-01-31T12:00:00Z',
    },
  );
  await story.tell('closeComposition', 'DELETE', `/v1/compositions/${made.body.handle}?executor=delete`);
};

const tellOfVolumes = async (story: Story): Promise<void> => {
  const { bytes, checksum, size } = await makeArchive('home/notes', 'remember\n');
  await story.make('POST', '/v1/elements', { id: 'volume://disks/work' });
  await story.make('POST', '/v1/elements', { id: 'executor://workers/writer' });
  const opened = await story.make('POST', '/v1/compositions', { executorId: 'executor://workers/writer' });
  let path = `/v1/compositions/${opened.body.handle}`;
  const go = async (step: string, body: object = {}): Promise<void> => {
    path = `/v1/compositions/${(await story.make('POST', `${path}/${step}`, body)).body.handle}`;
  };
  const written = '/v1/elements/executor/workers/writer/volumes/disks/work';
  const volume = '/v1/elements/volume/disks/work/attachment';
  const engine = '5KVQ:7HQ3';
  await go('join', { id: 'volume://disks/work', mount: { path: '/work' } });
  await go('bind');
  const { attachment, round } = (await story.tell('readWrittenVolume', 'GET', `${written}/attachment`)).body;
  await story.tell('claimVolume', 'POST', `${written}/attachment`, { body: { attachment, engine } });
  await go('unbind');
  await story.tell('readAttachment', 'GET', volume);
  const saves = `${written}/saves`;
  const save = { attachment, round, engine, size, checksum };
  const { body } = await story.tell('saveVolume', 'POST', saves, { body: save });
  const [request] = body.upload.requests;
  await fetch(request.url, { method: request.method, headers: request.headers, body: bytes });
  await story.tell('completeSave', 'POST', `${saves}/complete`, { body: { attachment, round } });
  await story.tell('releaseVolume', 'DELETE', volume);
};

const tellOfSessions = async (story: Story): Promise<void> => {
  const [id, executorId] = ['task://jobs/shell', 'executor://workers/talked'];
  await story.make('POST', '/v1/elements', { id: executorId });
  await story.make('POST', '/v1/elements', { id, spec: { process: { args: ['/bin/sh'] } } });
  const opened = await story.make('POST', '/v1/compositions', { executorId });
  let path = `/v1/compositions/${opened.body.handle}`;
  const go = async (step: string, body: object = {}): Promise<void> => {
    path = `/v1/compositions/${(await story.make('POST', `${path}/${step}`, body)).body.handle}`;
  };
  await go('join', { id });
  await go('join', { id: 'image://library/base', mount: { path: '/', readOnly: true } });
  await go('bind');
  const report = { attempt: 1, state: 'running', at: '2026-01-31T12:00:00Z' };
  await story.make('POST', '/v1/elements/executor/workers/talked/tasks/jobs/shell/reports', report);
  const asked = { id, kind: 'exec', args: ['sh'], terminal: true, size: { columns: 80, rows: 24 } };
  const { body } = await story.tell('openSession', 'POST', `${path}/sessions`, { body: asked });
  const client = new WebSocket(body.url, SUBPROTOCOL);
  await once(client, 'open');
  await story.tell('serveSession', 'POST', '/v1/locations/workers/runner/sessions', {
    body: { session: body.session, epoch: 1 },
  });
  client.close();
  await once(client, 'close');
};

const tellOfRunners = async (story: Story): Promise<void> => {
  const path = '/v1/locations/workers/runner';
  const [engine, runner] = ['7TRN:IPZB:QYBB:VPBQ:UMPP:KARE:6ZNR:XE6T', 'machine-1/4242-9f2c'];
  await story.tell('claimRunner', 'POST', `${path}/claim`, { body: { engine, runner, epoch: 0 } });
  await tellOfSessions(story);
  await story.tell('renewRunner', 'POST', `${path}/renew`, { body: { epoch: 1 } });
  await story.tell('readRunner', 'GET', path);
  await story.tell('listRunners', 'GET', '/v1/runners?limit=100');
  await story.tell('leaveRunner', 'POST', `${path}/leave`, { body: { epoch: 1 } });
  await story.make('POST', `${path}/claim`, { engine, runner, epoch: 2 });
  await story.later(() => story.tell('fenceRunner', 'POST', `${path}/fence`));
};

const tellOfEvents = async (story: Story): Promise<void> => {
  await story.logged();
  await story.tell('readAudit', 'GET', `${IMAGE}/audit?limit=2`);
  await story.tell('readEvents', 'GET', '/v1/events?kind=image&limit=2');
  await story.tell('readCaller', 'GET', '/v1/caller');
  await story.tell('createRegistryCredentials', 'POST', '/v1/registry/credentials');
  await story.tell('readHealth', 'GET', '/v1/health');
  await story.tell('readOpenApi', 'GET', '/v1/openapi.json');
};

/** Makes every call of the API. */
export const tellOfCalls = async (story: Story): Promise<void> => {
  await tellOfLocations(story);
  await tellOfElements(story);
  await tellOfData(story);
  await tellOfTags(story);
  await tellOfTasks(story);
  await tellOfCompositions(story);
  await tellOfVolumes(story);
  await tellOfRunners(story);
  await tellOfEvents(story);
};
