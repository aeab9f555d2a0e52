import { createHash } from 'node:crypto';
import type { ProblemCode } from '../../lib/errors.ts';
import { makeArchive } from './archive.ts';
import type { Story } from './story.ts';

const IMAGE = '/v1/elements/image/library/base';
const NEW = '/v1/elements';

const meetOfRequests = async (story: Story): Promise<void> => {
  await story.meet('invalid-request', 'POST', '/v1/locations', {
    body: { name: 'Library', kind: 'image', colour: 'red' },
  });
  await story.meet('unsupported-media-type', 'POST', NEW, {
    raw: 'id: image://library/new',
    headers: { 'content-type': 'text/yaml' },
  });
  await story.meet('payload-too-large', 'POST', NEW, {
    body: { id: 'image://library/new', data: { base64: Buffer.alloc(4 * 2 ** 20 + 1).toString('base64') } },
  });
  await story.meetAs('unauthenticated', 'nobody', 'GET', '/v1/locations');
  await story.meet('unknown-route', 'GET', '/v1/images');
  await story.meet('method-not-allowed', 'DELETE', '/v1/locations');
  await story.make('POST', NEW, { id: 'image://library/once' });
  await story.meet('name-collision', 'POST', NEW, { body: { id: 'image://library/once' } });
  await story.meet(
    'invalid-filterspec',
    'GET',
    '/v1/elements?kind=image&location=library&filter=ro.arch=arm64',
  );
  const headers = { 'idempotency-key': '0c41' };
  await story.make('POST', NEW, { id: 'image://library/first' }, headers);
  await story.meet('idempotency-mismatch', 'POST', NEW, { body: { id: 'image://library/new' }, headers });
};

const meetOfLocations = async (story: Story): Promise<void> => {
  const grants = [{ principal: 'local', actions: ['create', 'admin'] }];
  await story.make('POST', '/v1/locations', { name: 'guarded', kind: 'image', grants });
  await story.make('POST', '/v1/locations', { name: 'frozen', kind: 'image', policy: 'read-only' });
  await story.make('POST', '/v1/locations', { name: 'narrow', kind: 'image', capacity: 1_024 });
  await story.meetAs('permission-denied', 'stranger', 'GET', '/v1/locations/guarded');
  await story.meet('invalid-location', 'POST', NEW, { body: { id: 'image://frozen/new' } });
  await story.meet('unknown-location', 'GET', '/v1/locations/nowhere');
  await story.meet('insufficient-space', 'POST', NEW, {
    body: { id: 'image://narrow/wide', freeSpace: 2_048 },
  });
};

const meetOfElements = async (story: Story): Promise<void> => {
  await story.meet('not-found', 'GET', '/v1/elements/image/library/gone');
  await story.meet('read-only-key', 'PATCH', IMAGE, { body: { metadata: { ro: { os: 'plan9' } } } });
  await story.meet('invalid-entry', 'POST', NEW, {
    body: { id: 'image://library/new', metadata: { rw: { '-tag': 'x', size: null } } },
  });
  await story.meet('unknown-parent', 'POST', NEW, {
    body: { id: 'image://library/new', parentId: 'image://library/gone' },
  });
  await story.make('POST', NEW, { id: 'image://library/stem' });
  await story.make('POST', NEW, { id: 'image://library/leaf', parentId: 'image://library/stem' });
  await story.meet('in-use', 'DELETE', '/v1/elements/image/library/stem');
  await story.meet('revision-mismatch', 'DELETE', IMAGE, {
    headers: { 'if-match': '"0b7a3f1e-5d0c-4f0e-9a55-3c1d2e4f5a6b.7"' },
  });
};

const meetOfData = async (story: Story): Promise<void> => {
  const { bytes, checksum, size, base64 } = await makeArchive('etc/issue', 'hello\n');
  const id = 'image://library/pending';
  const path = '/v1/elements/image/library/pending';
  await story.make('POST', NEW, { id, checksum, size, data: { upload: true } });
  const headers = { 'content-type': 'application/x-tar' };
  await story.meet('data-error', 'PUT', `${path}/data`, { raw: bytes.subarray(0, 512), headers });
  await story.meet('invalid-state', 'GET', `${path}/data`);
  await story.meet('invalid-parent', 'POST', NEW, { body: { id: 'image://library/new', parentId: id } });
  await story.meet('unsupported-data-format', 'POST', NEW, {
    body: { id: 'image://library/new', data: { base64: Buffer.from('hello').toString('base64') } },
  });
  await story.meet('unsupported-checksum-algorithm', 'POST', NEW, {
    body: { id: 'image://library/new', checksum: `md5:${'0'.repeat(32)}`, data: { base64 } },
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: checksum, size }],
    }),
  );
  const name = `app@sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  await story.meet('unknown-content', 'POST', NEW, {
    body: { id: `image://library/${name}`, oci: { manifest: manifest.toString('base64') } },
  });
  await story.meet('checksum-mismatch', 'POST', NEW, {
    body: { id: 'image://library/new', checksum: `sha256:${'0'.repeat(64)}`, data: { base64 } },
  });
};

const meetOfCompositions = async (story: Story): Promise<void> => {
  await story.make('POST', NEW, { id: 'volume://disks/shared' });
  const open = async (name: string) => {
    const executorId = `executor://workers/${name}`;
    await story.make('POST', NEW, { id: executorId });
    let handle = (await story.make('POST', '/v1/compositions', { executorId })).body.handle;
    return {
      path: (part: string) => `/v1/compositions/${handle}/${part}`,
      go: async (step: string, body: object) => {
        handle = (await story.make('POST', `/v1/compositions/${handle}/${step}`, body)).body.handle;
      },
      refused: (code: ProblemCode, step: string, body: object) =>
        story.meet(code, 'POST', `/v1/compositions/${handle}/${step}`, { body }),
    };
  };
  const [task, image, volume] = ['task://jobs/build', 'image://library/base', 'volume://disks/shared'];
  await story.meet('invalid-handle', 'GET', '/v1/compositions/handle');
  const [two, three] = [await open('two'), await open('three')];
  const stale = two.path('join');
  await two.go('join', { id: task });
  await story.meet('stale-handle', 'POST', stale, { body: { id: image, mount: { path: '/' } } });
  await two.refused('already-joined', 'join', { id: task });
  await two.refused('not-joined', 'leave', { id: image });
  await two.refused('not-bound', 'unbind', { id: task });
  await two.refused('no-root-filesystem', 'bind', { id: task });
  await two.go('join', { id: image, mount: { path: '/' } });
  await two.refused('mount-conflict', 'join', { id: volume, mount: { path: '/' } });
  await two.go('join', { id: volume, mount: { path: '/home' } });
  await two.go('bind', {});
  await two.refused('already-bound', 'bind', { id: task });
  await story.meet('unsupported-by-target', 'GET', two.path('plan?target=ecs'));
  await three.go('join', { id: volume, mount: { path: '/home' } });
  await three.refused('volume-attached', 'bind', {});
  const claim = '/v1/elements/executor/workers/two/volumes/disks/shared/attachment';
  const { attachment } = (await story.make('GET', claim, undefined)).body;
  await story.make('POST', claim, { attachment, engine: '5KVQ:7HQ3' });
  const elsewhere = { attachment, engine: 'OTHR:2ABC' };
  await story.meet('volume-elsewhere', 'POST', claim, { body: elsewhere });
  await story.meet('not-attached', 'GET', claim.replace('two', 'three'));
};

const meetOfRunners = async (story: Story): Promise<void> => {
  const path = '/v1/locations/workers/runner';
  const { epoch } = (await story.make('GET', path, undefined)).body;
  const claim = { engine: '7TRN:IPZB:QYBB:VPBQ:UMPP:KARE:6ZNR:XE6T', runner: 'machine-1/4242-9f2c', epoch };
  await story.make('POST', `${path}/claim`, claim);
  await story.meet('stale-runner', 'POST', `${path}/claim`, { body: claim });
  await story.meet('runner-elsewhere', 'POST', `${path}/claim`, {
    body: {
      engine: 'LGRE:2QWD:XH6X:7ZBA:OKPA:TPQ7:6E7V:IRXC',
      runner: 'machine-2/17-c41b',
      epoch: epoch + 1,
    },
  });
};

/** Causes every problem, after every call has been made. */
export const meetProblems = async (story: Story): Promise<void> => {
  await meetOfRequests(story);
  await meetOfLocations(story);
  await meetOfElements(story);
  await meetOfData(story);
  await meetOfCompositions(story);
  await meetOfRunners(story);
  await story.imagine('unavailable', 'the metadata store does not answer: try again');
  await story.imagine(
    'too-many-requests',
    'you made the 600 calls that a principal may make in a minute: wait as long as `Retry-After` says, and try again',
  );
};
