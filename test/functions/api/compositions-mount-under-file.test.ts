/** A plan mounts no storage at or below a file of the surrounding storage, for any way in which its data was uploaded. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Composer, type Post } from '../../composing.ts';
import { openStorehouse, type Storehouse } from '../../storehouse.ts';
import {
  announce,
  archiveOf,
  complete,
  digest,
  expectNothingLeft,
  pathOf,
  read,
  sendAll,
  upload,
} from '../../uploading.ts';
import { base64, bodyOf, expectProblem, tar } from './support.ts';

let storehouse: Storehouse;
let post: Post;
beforeAll(async () => {
  storehouse = await openStorehouse();
  post = (path, body, headers) => storehouse.call('POST', path, body, headers);
  for (const kind of ['executor', 'image', 'volume', 'task'])
    await bodyOf(post('/v1/locations', { name: kind, kind }), 201);
  const spec = { process: { args: ['/bin/tool'] } };
  await bodyOf(post('/v1/elements', { id: TASK, spec }), 201);
  await bodyOf(post('/v1/elements', { id: INNER }), 201);
});

const TASK = 'task://task/tool';
const INNER = 'volume://volume/inner';
const made: string[] = [];
const fresh = (kind: string): string => {
  const id = `${kind}://${kind}/e${made.length}`;
  made.push(id);
  return id;
};

/** Creates storage with its data in one request. */
const make = async (kind: string, bytes: Uint8Array, more: object = {}): Promise<string> => {
  const id = fresh(kind);
  await bodyOf(post('/v1/elements', { id, data: base64(bytes), ...more }), 201);
  return id;
};
const makeUploaded = async (kind: string, bytes: Uint8Array, by = storehouse): Promise<string> => {
  const id = fresh(kind);
  await upload(by, id, bytes);
  await by.verify(id);
  expect(await read(storehouse, id)).toMatchObject({ body: { state: 'ready' } });
  return id;
};

/** The reasons about mount paths for which a plan of these mounts is refused; none if the plan is answered. */
const refused = async (mounts: Readonly<Record<string, string>>, target = 'oci'): Promise<object[]> => {
  const executor = fresh('executor');
  await bodyOf(post('/v1/elements', { id: executor }), 201);
  const composer = await new Composer(post, executor).open();
  for (const [path, id] of Object.entries(mounts)) await composer.mount(id, path, { readOnly: true });
  await composer.join(TASK);
  const answer = await storehouse.call('GET', `/v1/compositions/${composer.handle}/plan?target=${target}`);
  for (const id of composer.ids()) await composer.leave(id);
  if (target === 'oci' && answer.status === 200) return [];
  expectProblem(answer, 422, 'unsupported-by-target');
  return answer.body.reasons.filter(({ path }: { path: string }) => path.endsWith('.mount.path'));
};
const because = (message: string) => [{ path: `storage["${INNER}"].mount.path`, message }];

/** An answer to GetObject whose bytes break off. */
const brokenOff = <T>(answer: T): T => {
  const { output } = answer as { output: { Body: AsyncIterable<Uint8Array> } };
  output.Body = (async function* () {
    yield Buffer.of(1);
    throw new Error('socket hang up');
  })();
  return answer;
};

describe('a mount below a file', () => {
  it.each(['oci', 'ecs'])('is refused for %s, with the file and whose it is', async (target) => {
    const root = await make('image', await tar({ opt: 'x' }));
    expect(await refused({ '/': root, '/opt/data': INNER }, target)).toEqual(
      because(`is below \`/opt\`, which is a file in ${root}: take another path`),
    );
    expect(await refused({ '/': root, '/opt': INNER }, target)).toEqual(
      because(`is a file in ${root}: take another path`),
    );
    expect(await refused({ '/': root, '/data': INNER }, target)).toEqual([]);
  });

  it('is refused if an ancestor has the file, unless a later image removes it', async () => {
    const eldest = await make('image', await tar({ 'opt/data': 'x', etc: 'x' }));
    const middle = await make('image', await tar({ other: 'x' }), { parentId: eldest });
    const youngest = await make('image', await tar({ 'opt/.wh.data': '', 'etc/': '' }), { parentId: middle });
    const mounts = { '/opt/data/x': INNER, '/': middle };
    expect(await refused(mounts)).toEqual(
      because(`is below \`/opt/data\`, which is a file in ${eldest}: take another path`),
    );
    expect(await refused({ ...mounts, '/': youngest })).toEqual([]);
    expect(await refused({ '/': middle, '/etc': INNER })).toEqual(
      because(`is a file in ${eldest}: take another path`),
    );
    expect(await refused({ '/': youngest, '/etc': INNER })).toEqual([]);
  });

  it('is refused if a volume has the file, but only for mounts in that volume', async () => {
    const [root, outer] = [
      await make('image', await tar({ 'a/': '' })),
      await make('volume', await tar({ b: '' })),
    ];
    expect(await refused({ '/': root, '/a': outer, '/a/b': INNER })).toEqual(
      because(`is a file in ${outer}: take another path`),
    );
    expect(await refused({ '/': root, '/a': outer, '/b': INNER })).toEqual([]);
  });

  it.each(['trusting', 'enforcing'] as const)('is refused where the data was uploaded: %s', async (store) => {
    const bytes = await archiveOf(
      { name: 'opt', content: 'x' },
      { name: 'l', type: 'symlink', linkname: 'opt' },
    );
    const root = await makeUploaded('image', bytes, storehouse.another({ store }));
    expect(await refused({ '/': root, '/opt/data': INNER })).toEqual(
      because(`is below \`/opt\`, which is a file in ${root}: take another path`),
    );
    expect(await refused({ '/': root, '/l': INNER })).toEqual([]);
  });

  it('is refused if the data was uploaded after the create', async () => {
    const id = fresh('image');
    await bodyOf(post('/v1/elements', { id, data: { upload: true } }), 201);
    await bodyOf(storehouse.call('PUT', `${pathOf(id)}/data`, await tar({ opt: 'x' })), 200);
    expect(await refused({ '/': id, '/opt': INNER })).toEqual(
      because(`is a file in ${id}: take another path`),
    );
  });

  it('is refused for the present data of a volume, not for replaced data', async () => {
    const [root, outer] = [
      await make('image', await tar({ 'a/': '' })),
      await make('volume', await tar({ b: '' })),
    ];
    const bytes = await tar({ c: '' });
    const said = { size: bytes.length, checksum: digest('sha256', bytes) };
    const { upload: begun } = await bodyOf(post(`${pathOf(outer)}/data/upload`, said), 201);
    await sendAll(begun.requests, bytes);
    await complete(storehouse, outer);
    await storehouse.verify(outer);
    expect(await refused({ '/': root, '/a': outer, '/a/b': INNER })).toEqual([]);
    expect(await refused({ '/': root, '/a': outer, '/a/c': INNER })).toEqual(
      because(`is a file in ${outer}: take another path`),
    );
  });

  it('is left to the runtime if the paths of the data are unknown, as for older data', async () => {
    const root = await make('image', await tar({ opt: 'x' }));
    const { blob = '' } = (await storehouse.dependencies.elements.get(root)) ?? {};
    const { blobs } = storehouse.dependencies;
    await blobs.remove(blob);
    await blobs.put(blob, await tar({ opt: 'x' }));
    expect(await refused({ '/': root, '/opt': INNER })).toEqual([]);
  });

  it.each<[string, <T>(answer: () => Promise<T>) => Promise<T>]>([
    ['does not answer', () => Promise.reject(new Error('connection reset'))],
    ['breaks off', async (answer) => brokenOff(await answer())],
  ])('asks for a retry if the store %s', async (_, answer) => {
    const root = await make('image', await tar({ opt: 'x' }));
    const executor = fresh('executor');
    await bodyOf(post('/v1/elements', { id: executor }), 201);
    const composer = await new Composer(post, executor).open();
    await composer.mount(root, '/');
    await composer.mount(INNER, '/opt');
    await composer.join(TASK);
    const deaf = storehouse.another({
      intercept: (name, pass) => {
        return name === 'GetObject' ? answer(pass) : pass();
      },
    });
    const plan = await deaf.call('GET', `/v1/compositions/${composer.handle}/plan?target=oci`);
    expectProblem(plan, 503, 'unavailable');
    for (const id of composer.ids()) await composer.leave(id);
  });
});

describe('the index of paths', () => {
  it('is deleted with the data, however the element ended', async () => {
    const refusedData = fresh('volume');
    const bytes = await tar({ file: 'x' });
    const { body } = await announce(storehouse, refusedData, bytes, {
      checksum: digest('sha256', Buffer.of(1)),
    });
    await sendAll(body.upload.requests, bytes);
    await complete(storehouse, refusedData);
    await storehouse.verify();
    await expectNothingLeft(storehouse, ...made.toReversed(), INNER, TASK);
  });
});
