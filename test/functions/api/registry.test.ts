/** Answers to clients of registries, over HTTP and behind the gateway. */
import { request as httpRequest } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import { behindGateway } from '../../../functions/gateway.ts';
import { asFunction } from '../../../infra/local/function-calls.ts';
import { gatewayEvent } from '../../gateway-event.ts';
import {
  CONFIG_TYPE,
  descriptorOf,
  digestOf,
  INDEX_TYPE,
  idOf,
  imageOf,
  jsonBytes,
  MANIFEST_TYPE,
  push,
  pushable,
  type SomeImage,
  someLayer,
} from '../../oci.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { makeFormerImage } from './former-image.ts';
import { bodyOf, makeLocations, pathOf } from './support.ts';

const READER = 'arn:aws:iam::123456789012:role/reader';
const DELETER = 'arn:aws:iam::123456789012:role/deleter';
const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const NOWHERE = `sha256:${'0'.repeat(64)}`;
const REPOSITORY = 'images/app';

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of the output.
  readonly json: any;
}
type Ask = (
  method: string,
  path: string,
  headers?: Record<string, string>,
  body?: string,
) => Promise<Answered>;

const answered = (status: number, headers: Headers, bytes: Buffer): Answered => ({
  ...{ status, headers, bytes },
  get json() {
    return JSON.parse(bytes.toString());
  },
});

let taskport: Taskport;
let image: SomeImage;
let signature: SomeImage;
let behind: ReturnType<typeof behindGateway>;
const passwords = new Map<string, string>();

/** Sends exactly this request line. */
const overHttp: Ask = (method, path, headers = {}, body = undefined) =>
  new Promise((settle, fail) => {
    const asked = httpRequest(new URL(taskport.url), { method, path, headers }, async (answer) => {
      const bytes = Buffer.concat(await answer.toArray());
      const all = Object.entries(answer.headers).map(
        ([name, value]) => [name, `${value}`] as [string, string],
      );
      settle(answered(answer.statusCode ?? 0, new Headers(all), bytes));
    });
    asked.on('error', fail).end(body);
  });

const as =
  (principal: string, handler = () => behind): Ask =>
  async (method, path, headers = {}, body = undefined) => {
    const authorization = `Basic ${Buffer.from(`taskport:${passwords.get(principal)}`).toString('base64')}`;
    const event = gatewayEvent(method, path, {}, { ...headers, authorization }, body);
    const answer = (await asFunction('api', () =>
      handler()(event as never),
    )) as APIGatewayProxyStructuredResultV2;
    const bytes = Buffer.from(answer.body ?? '', answer.isBase64Encoded ? 'base64' : 'utf8');
    return answered(answer.statusCode ?? 0, new Headers(answer.headers as Record<string, string>), bytes);
  };
const ways: readonly [string, Ask][] = [
  ['over HTTP', overHttp],
  ['behind the gateway', as(READER)],
];

/** All pages of a list, by their links. */
const pagesOf = async (ask: Ask, path: string): Promise<Answered[]> => {
  const found: Answered[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const answer: Answered = await ask('GET', next);
    expect(answer.status).toBe(200);
    found.push(answer);
    next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return found;
};

const tag = (name: string, of: SomeImage, repository = 'app') =>
  taskport.call('PUT', `/v1/tags/images/${repository}/${name}`, {
    body: { id: idOf(of, repository, 'images') },
  });

/** Checks that the answer is this error, in the form of the distribution specification. */
const expectError = (answer: Answered, status: number, code: string): void => {
  expect({ status: answer.status, body: answer.bytes.toString() }).toMatchObject({ status });
  expect(answer.json).toEqual({ errors: [{ code, message: expect.any(String), detail: expect.anything() }] });
  expect(answer.headers.get('content-type')).toBe('application/json');
};

const makeImage = async (repository = 'app', extra: object = {}): Promise<SomeImage> => {
  const made = imageOf([await someLayer(), await someLayer()], { manifest: extra });
  await bodyOf(push(taskport, made, repository, {}, 'images'), 201);
  return made;
};

beforeAll(async () => {
  taskport = await startTaskport();
  behind = behindGateway(createApp(taskport.dependencies, { log: () => {} }));
  const grants = [
    { principal: 'local', actions: ['create', 'read', 'write', 'delete', 'admin'] },
    { principal: READER, actions: ['read'] },
    { principal: DELETER, actions: ['read', 'delete'] },
  ];
  await makeLocations(
    taskport,
    { name: 'images', kind: 'image', grants },
    { name: 'hidden', kind: 'image', grants: [{ principal: 'local', actions: ['create', 'read', 'write'] }] },
    { name: 'a-first', kind: 'image' },
    { name: 'jobs', kind: 'task' },
  );
  for (const principal of [READER, DELETER, STRANGER]) {
    const { password } = await bodyOf(taskport.callAs(principal, 'POST', '/v1/registry/credentials'), 200);
    passwords.set(principal, password);
  }
  image = await makeImage('app', { annotations: { 'org.example.what': 'größe 😀 \u0000' } });
  for (const name of ['1.2', 'latest', 'B', 'a_b']) await bodyOf(tag(name, image), 201);
  const empty = jsonBytes({});
  const signed = Buffer.from([0, 1, 2, 255]);
  const manifest = jsonBytes({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: 'application/vnd.example.signature',
    config: descriptorOf(empty, 'application/vnd.oci.empty.v1+json'),
    layers: [descriptorOf(signed, 'application/vnd.example.signature.v1')],
    subject: descriptorOf(image.manifest, MANIFEST_TYPE),
    annotations: { 'org.example.by': 'me' },
  });
  signature = pushable(manifest, [empty, signed]);
  await bodyOf(push(taskport, signature, 'app', {}, 'images'), 201);
});
afterAll(() => taskport.stop());

describe.each(ways)('%s, a manifest', (_, ask) => {
  it('is answered byte for byte, by tag and by digest', async () => {
    for (const reference of ['1.2', 'latest', image.digest, image.digest.replace(':', '%3A')]) {
      const { status, headers, bytes } = await ask('GET', `/v2/${REPOSITORY}/manifests/${reference}`);
      expect(status).toBe(200);
      expect(bytes.equals(image.manifest)).toBe(true);
      expect(headers.get('content-type')).toBe(MANIFEST_TYPE);
      expect(headers.get('docker-content-digest')).toBe(image.digest);
      expect(headers.get('content-length')).toBe(String(image.manifest.length));
    }
  });

  it('has the same headers for HEAD as for GET', async () => {
    const { status, headers, bytes } = await ask('HEAD', `/v2/${REPOSITORY}/manifests/1.2`);
    expect([status, bytes.length]).toEqual([200, 0]);
    expect(headers.get('content-type')).toBe(MANIFEST_TYPE);
    expect(headers.get('docker-content-digest')).toBe(image.digest);
    expect(headers.get('content-length')).toBe(String(image.manifest.length));
    expect((await ask('HEAD', `/v2/${REPOSITORY}/manifests/none`)).status).toBe(404);
  });

  it('is not sent again to a client that has it', async () => {
    const { headers } = await ask('GET', `/v2/${REPOSITORY}/manifests/1.2`);
    const known = { 'if-none-match': headers.get('etag') ?? '' };
    expect((await ask('GET', `/v2/${REPOSITORY}/manifests/1.2`, known)).status).toBe(304);
  });

  it('that is missing is unknown, and an invalid reference is invalid', async () => {
    const manifests = `/v2/${REPOSITORY}/manifests`;
    for (const reference of [
      'none',
      NOWHERE,
      `sha512:${'0'.repeat(128)}`,
      digestOf(image.blobs[0] as Buffer),
    ])
      expectError(await ask('GET', `${manifests}/${reference}`), 404, 'MANIFEST_UNKNOWN');
    for (const reference of [
      'sha256:totallywrong',
      'sha256:',
      `sha256:${'A'.repeat(64)}`,
      ':',
      'a:b:c',
      '%3A',
    ])
      expectError(await ask('GET', `${manifests}/${reference}`), 400, 'DIGEST_INVALID');
    for (const reference of ['', '-a', '.', 'a'.repeat(129), '%20', '%FF', '%25', '%C3%A4', 'a%2Fb'])
      expect([400, 404]).toContain((await ask('GET', `${manifests}/${reference}`)).status);
  });

  it('of another repository is unknown, even by digest', async () => {
    const other = await makeImage('other');
    expectError(await ask('GET', `/v2/${REPOSITORY}/manifests/${other.digest}`), 404, 'MANIFEST_UNKNOWN');
    expect((await ask('GET', `/v2/images/other/manifests/${other.digest}`)).status).toBe(200);
  });

  it('of an element that is no pushed image works as well', async () => {
    const layer = await someLayer();
    const data = { base64: layer.toString('base64') };
    await taskport.call('POST', '/v1/elements', {
      body: { id: `image://images/bare:${ask === overHttp ? 7 : 8}`, data },
    });
    const { status, headers, json, bytes } = await ask(
      'GET',
      `/v2/images/bare/manifests/${ask === overHttp ? 7 : 8}`,
    );
    expect([status, headers.get('content-type')]).toEqual([200, MANIFEST_TYPE]);
    expect(headers.get('docker-content-digest')).toBe(digestOf(bytes));
    expect(json.layers).toMatchObject([{ digest: digestOf(layer), size: layer.length }]);
    const config = await ask('GET', `/v2/images/bare/blobs/${json.config.digest}`);
    expect(digestOf(config.bytes)).toBe(json.config.digest);
  });
});

it('the largest manifest fits into the answer of a function', async () => {
  // In a text answer, each of its quotes would be escaped again.
  const large = await makeImage('large', {
    annotations: { 'org.example.quotes': '"'.repeat(1.9 * 2 ** 20) },
  });
  expect(large.manifest.length).toBeGreaterThan(3.7 * 2 ** 20);
  const authorization = `Basic ${Buffer.from(`taskport:${passwords.get(READER)}`).toString('base64')}`;
  const event = gatewayEvent(
    'GET',
    `/v2/images/large/manifests/${large.digest}`,
    {},
    { authorization },
    undefined,
  );
  const answer = await asFunction('api', () => behind(event as never));
  expect(answer.statusCode).toBe(200);
  expect(JSON.stringify(answer).length).toBeLessThan(6 * 2 ** 20);
  expect(Buffer.from(answer.body, 'base64').equals(large.manifest)).toBe(true);
});

describe('a manifest of an image from an earlier version', () => {
  it('exists once its digest is computed; before that the answer has Retry-After', async () => {
    const layer = await someLayer();
    const id = 'image://images/former:1';
    const data = { base64: layer.toString('base64') };
    await bodyOf(taskport.call('POST', '/v1/elements', { body: { id, data } }), 201);
    await makeFormerImage(taskport, id);
    for (const [, ask] of ways) {
      const answer = await ask('GET', '/v2/images/former/manifests/1');
      expectError(answer, 503, 'UNAVAILABLE');
      expect(answer.json.errors[0].message).toContain('digest');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  it('without layers is unknown', async () => {
    await bodyOf(taskport.call('POST', '/v1/elements', { body: { id: 'image://images/bare-name' } }), 201);
    expectError(await overHttp('GET', '/v2/images/bare-name/manifests/latest'), 404, 'MANIFEST_UNKNOWN');
  });
});

describe.each(ways)('%s, a blob', (_, ask) => {
  const blobs = `/v2/${REPOSITORY}/blobs`;

  it('that is a layer is answered by a redirect; HEAD answers its size directly', async () => {
    for (const layer of image.layers) {
      const { status, headers, bytes } = await ask('GET', `${blobs}/${digestOf(layer)}`);
      expect([status, bytes.length]).toEqual([307, 0]);
      expect(headers.get('docker-content-digest')).toBe(digestOf(layer));
      expect(headers.get('cache-control')).toBe('no-store');
      const there = await fetch(headers.get('location') ?? '');
      expect(Buffer.from(await there.arrayBuffer()).equals(layer)).toBe(true);
      const head = await ask('HEAD', `${blobs}/${digestOf(layer)}`);
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(layer.length)]);
      expect(head.headers.has('location')).toBe(false);
    }
  });

  it('that is a config, or any blob of an artifact, is answered directly, whole or in part', async () => {
    for (const [bytes, type] of [
      [image.blobs[0], CONFIG_TYPE],
      [signature.blobs[1], 'application/vnd.example.signature.v1'],
    ] as [Buffer, string][]) {
      const path = `${blobs}/${digestOf(bytes)}`;
      const whole = await ask('GET', path);
      expect([whole.status, whole.bytes.equals(bytes)]).toEqual([200, true]);
      expect(whole.headers.get('content-type')).toBe(type);
      const head = await ask('HEAD', path);
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
      const part = await ask('GET', path, { range: 'bytes=1-2' });
      expect([part.status, part.bytes.equals(bytes.subarray(1, 3))]).toEqual([206, true]);
      expect(part.headers.get('content-range')).toBe(`bytes 1-2/${bytes.length}`);
      const end = await ask('GET', path, { range: 'bytes=-1' });
      expect([end.status, end.bytes.equals(bytes.subarray(-1))]).toEqual([206, true]);
      expect((await ask('GET', path, { range: 'bytes=0-0,2-2' })).status).toBe(200);
      const beyond = await ask('GET', path, { range: 'bytes=9999-' });
      expectError(beyond, 416, 'SIZE_INVALID');
      expect(beyond.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
    }
  });

  it('is found in each repository of its location, and in no other location', async () => {
    const [layer] = image.layers as [Buffer];
    expect((await ask('GET', `/v2/images/whatever/blobs/${digestOf(layer)}`)).status).toBe(307);
    expectError(await ask('GET', `/v2/a-first/app/blobs/${digestOf(layer)}`), 404, 'BLOB_UNKNOWN');
  });

  it('that is missing is unknown, and an invalid digest is invalid', async () => {
    expectError(await ask('GET', `${blobs}/${NOWHERE}`), 404, 'BLOB_UNKNOWN');
    expect((await ask('HEAD', `${blobs}/${NOWHERE}`)).status).toBe(404);
    for (const digest of ['latest', 'sha256:12', `sha256:${'g'.repeat(64)}`, ''])
      expectError(await ask('GET', `${blobs}/${digest}`), 400, 'DIGEST_INVALID');
  });
});

describe.each(ways)('%s, the layers of an image', (_, ask) => {
  const layersOf = (reference: string, repository = REPOSITORY) =>
    ask('GET', `/v2/${repository}/_taskport/layers/${reference}`);

  it('are found by one call, by tag and by digest', async () => {
    for (const reference of ['1.2', image.digest]) {
      const { status, headers, json } = await layersOf(reference);
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      const found: { digest: string; url: string }[] = json.layers;
      expect(found.map(({ digest }) => digest)).toEqual(image.layers.map(digestOf));
      for (const [at, { url }] of found.entries()) {
        const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
        expect(bytes.equals(image.layers[at] as Buffer)).toBe(true);
      }
    }
  });

  it('are unknown with their manifest', async () => {
    for (const reference of [NOWHERE, 'none', digestOf(image.layers[0] as Buffer)])
      expectError(await layersOf(reference), 404, 'MANIFEST_UNKNOWN');
    expectError(await layersOf(image.digest, 'images/other'), 404, 'MANIFEST_UNKNOWN');
    expectError(await layersOf('sha256:12'), 400, 'DIGEST_INVALID');
  });
});

describe.each(ways)('%s, a list', (_, ask) => {
  const pages = async (path: string, noun: 'tags' | 'repositories'): Promise<string[][]> =>
    (await pagesOf(ask, path)).map(({ json }) => json[noun]);

  it('of tags is sorted, and comes in pages', async () => {
    const path = `/v2/${REPOSITORY}/tags/list`;
    const { json } = await ask('GET', path);
    expect(json).toEqual({ name: REPOSITORY, tags: ['1.2', 'B', 'a_b', 'latest'] });
    expect(await pages(`${path}?n=3`, 'tags')).toEqual([['1.2', 'B', 'a_b'], ['latest']]);
    expect((await ask('GET', `${path}?n=2&last=B`)).json.tags).toEqual(['a_b', 'latest']);
    expect((await ask('GET', `${path}?last=Z`)).json.tags).toEqual(['a_b', 'latest']);
    const none = await ask('GET', `${path}?n=0`);
    expect([none.json.tags, none.headers.get('link')]).toEqual([[], null]);
    expect((await ask('GET', `${path}?n=999999999`)).json.tags).toHaveLength(4);
    expect((await ask('GET', `${path}?last=zzz`)).json.tags).toEqual([]);
  });

  it('of tags begins after any text, even if it is no tag', async () => {
    for (const [last, tags] of [
      ['', ['1.2', 'B', 'a_b', 'latest']],
      ['%00', ['1.2', 'B', 'a_b', 'latest']],
      ['Z', ['a_b', 'latest']],
      ['a'.repeat(1500), ['latest']],
      ['~~', []],
      ['%C3%BC', []],
      ['%C3%BC'.repeat(700), []],
    ] as const) {
      const { status, json } = await ask('GET', `/v2/${REPOSITORY}/tags/list?last=${last}`);
      expect([last, status, json.tags]).toEqual([last, 200, tags]);
    }
  });

  it.each(['-1', 'a', '1.5', '', '1e3', '%00', '99999999999'])('refuses n=%s', async (n) => {
    expectError(await ask('GET', `/v2/${REPOSITORY}/tags/list?n=${n}`), 400, 'PAGINATION_NUMBER_INVALID');
    expectError(await ask('GET', `/v2/_catalog?n=${n}`), 400, 'PAGINATION_NUMBER_INVALID');
  });

  it('of repositories contains those with tags that the caller may read', async () => {
    for (const [location, repository] of [
      ['images', 'tool'],
      ['a-first', 'tool'],
      ['a-first', 'app'],
      ['hidden', 'app'],
    ] as const) {
      const made = imageOf([await someLayer()]);
      await bodyOf(push(taskport, made, repository, {}, location), 201);
      const body = { id: idOf(made, repository, location) };
      const set = await taskport.call('PUT', `/v1/tags/${location}/${repository}/1`, { body });
      expect([200, 201]).toContain(set.status);
    }
    const hidden = ask === overHttp ? ['hidden/app'] : [];
    const all = ['a-first/app', 'a-first/tool', ...hidden, 'images/app', 'images/tool'];
    expect((await ask('GET', '/v2/_catalog')).json).toEqual({ repositories: all });
    for (const n of [1, 2, 3])
      expect((await pages(`/v2/_catalog?n=${n}`, 'repositories')).flat()).toEqual(all);
    expect((await ask('GET', '/v2/_catalog?n=0')).json).toEqual({ repositories: [] });
    expect((await ask('GET', '/v2/_catalog?last=a-first/b')).json.repositories).toEqual(all.slice(1));
    expect((await ask('GET', '/v2/_catalog?last=images/tool')).json.repositories).toEqual([]);
    expect((await ask('GET', '/v2/_catalog?last=i')).json.repositories).toEqual(all.slice(-2));
    for (const [begin, rest] of [
      ['', all],
      ['/', all],
      ['%00/x', all],
      ['a-first/', all],
      ['a'.repeat(1500), all.slice(2)],
      [`images/${'a'.repeat(1500)}`, all.slice(-2)],
      ['a-first/~x', all.slice(2)],
      ['a-first/%C3%BC', all.slice(2)],
      ['images/~', []],
      ['~', []],
      ['%FF/%00/x', all],
      ['%C3%BC/%00/x', []],
    ] as const) {
      const { status, json } = await ask('GET', `/v2/_catalog?last=${begin}`);
      expect([begin, status, json.repositories]).toEqual([begin, 200, rest]);
    }
  });

  it('of referrers is an index, filtered by type on request', async () => {
    const path = `/v2/${REPOSITORY}/referrers/${image.digest}`;
    const { headers, json } = await ask('GET', path);
    expect(headers.get('content-type')).toBe(INDEX_TYPE);
    expect(json).toMatchObject({ schemaVersion: 2, mediaType: INDEX_TYPE });
    expect(json.manifests).toEqual([
      {
        mediaType: MANIFEST_TYPE,
        digest: signature.digest,
        size: signature.manifest.length,
        artifactType: 'application/vnd.example.signature',
        annotations: { 'org.example.by': 'me' },
      },
    ]);
    const those = await ask('GET', `${path}?artifactType=application/vnd.example.signature`);
    expect([those.json.manifests.length, those.headers.get('oci-filters-applied')]).toEqual([
      1,
      'artifactType',
    ]);
    const others = await ask('GET', `${path}?artifactType=application/x`);
    expect([others.json.manifests, others.headers.get('oci-filters-applied')]).toEqual([[], 'artifactType']);
    expect((await ask('GET', `/v2/${REPOSITORY}/referrers/${NOWHERE}`)).json.manifests).toEqual([]);
    expectError(await ask('GET', `/v2/${REPOSITORY}/referrers/latest`), 400, 'DIGEST_INVALID');
    expectError(await ask('GET', `${path}?n=x`), 400, 'PAGINATION_NUMBER_INVALID');
    expect((await ask('GET', `${path}?n=0`)).json.manifests).toEqual([]);
    for (const [last, count] of [
      ['', 1],
      ['a'.repeat(1500), 1],
      ['~', 0],
      [signature.digest, 0],
    ] as const)
      expect((await ask('GET', `${path}?last=${last}`)).json.manifests).toHaveLength(count);
  });
});

it('a list of referrers comes in pages, for any number and any size of annotations', async () => {
  const empty = jsonBytes({});
  const referring = (at: number): SomeImage =>
    pushable(
      jsonBytes({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        artifactType: at === 0 ? 'application/vnd.example.rare' : 'application/vnd.example.note',
        config: descriptorOf(empty, 'application/vnd.oci.empty.v1+json'),
        layers: [descriptorOf(empty, 'application/vnd.oci.empty.v1+json')],
        subject: { mediaType: MANIFEST_TYPE, digest: NOWHERE, size: 1 },
        annotations: { 'org.example.note': String(at).padEnd(15 * 1024, '"') },
      }),
      [empty],
    );
  const made = Array.from({ length: 40 }, (_, at) => referring(at));
  await Promise.all(made.map(async (one) => bodyOf(push(taskport, one, 'noted', {}, 'images'), 201)));
  const digests = made.map(({ digest }) => digest).sort();
  const list = async (query: string): Promise<string[][]> =>
    (await pagesOf(as(READER), `/v2/images/noted/referrers/${NOWHERE}${query}`)).map(({ json, bytes }) => {
      expect(bytes.length).toBeLessThan(2.5 * 2 ** 20);
      return json.manifests.map(({ digest }: { digest: string }) => digest);
    });
  const whole = await list('');
  expect(whole.flat()).toEqual(digests);
  expect(whole.length).toBeGreaterThan(1);
  expect((await list('?n=15')).map((page) => page.length)).toEqual([15, 15, 10]);
  expect((await list('?artifactType=application/vnd.example.rare')).flat()).toEqual([made[0]?.digest]);
  const notes = await list('?artifactType=application/vnd.example.note&n=25');
  expect(notes.flat()).toEqual(digests.filter((digest) => digest !== made[0]?.digest));
  expect(notes.map((page) => page.length)).toEqual([25, 14]);
});

it('a catalog reads a bounded number of locations that it does not show, and links on', async () => {
  await makeLocations(
    taskport,
    ...Array.from({ length: 60 }, (_, at) => ({ name: `b-${at}`, kind: 'task' as const })),
  );
  const { dependencies } = taskport;
  let reads = 0;
  const list = (_: number, after?: string) => {
    reads += 1;
    return dependencies.locations.list(1, after);
  };
  const app = createApp({ ...dependencies, locations: { list } as never }, { log: () => {} });
  const counted: number[] = [];
  const pages = await pagesOf(async (...call) => {
    reads = 0;
    const answer = await as(READER, () => behindGateway(app))(...call);
    counted.push(reads);
    return answer;
  }, '/v2/_catalog');
  expect(pages.flatMap(({ json }) => json.repositories)).toContain(REPOSITORY);
  expect(pages.length).toBeGreaterThan(1);
  expect(Math.max(...counted)).toBeLessThan(60);
});

describe('an image that the caller may not read', () => {
  it('is unknown by its name, with the same answer whether it exists or not, for every request', async () => {
    const stranger = as(STRANGER);
    const said = async (method: string, name: string, tail: string) => {
      const answer = await stranger(method, `/v2/${name}/${tail}`);
      expectError(answer, 404, 'NAME_UNKNOWN');
      return answer.bytes.toString().replaceAll(name, '');
    };
    for (const [method, tail] of [
      ['GET', 'manifests/1.2'],
      ['GET', `manifests/${image.digest}`],
      ['GET', 'manifests/-bad-'],
      ['DELETE', 'manifests/1.2'],
      ['DELETE', `manifests/${image.digest}`],
      ['GET', `blobs/${digestOf(image.layers[0] as Buffer)}`],
      ['GET', 'blobs/sha256:bad'],
      ['GET', `_taskport/layers/${image.digest}`],
      ['GET', 'tags/list'],
      ['GET', `referrers/${image.digest}`],
    ] as const) {
      const words = await said(method, REPOSITORY, tail);
      for (const name of ['images/nothing', 'nowhere/app', 'jobs/app', 'hidden/app', 'a/b/c', 'app'])
        expect(await said(method, name, tail)).toBe(words);
    }
    expect((await stranger('GET', '/v2/_catalog')).json.repositories).not.toContain(REPOSITORY);
  });

  it('is unknown even in an image of another location', async () => {
    expectError(await overHttp('GET', '/v2/jobs/app/tags/list'), 404, 'NAME_UNKNOWN');
    expectError(await overHttp('GET', '/v2/images/untagged/tags/list'), 404, 'NAME_UNKNOWN');
  });
});

describe('a delete', () => {
  const remove = (ask: Ask, reference: string, repository = 'doomed') =>
    ask('DELETE', `/v2/images/${repository}/manifests/${reference}`);

  it('needs the grant', async () => {
    const made = await makeImage('doomed');
    await bodyOf(tag('1', made, 'doomed'), 201);
    for (const reference of ['1', made.digest])
      expectError(await remove(as(READER), reference), 403, 'DENIED');
    expectError(await remove(as(DELETER), 'none'), 404, 'MANIFEST_UNKNOWN');
    expect((await remove(as(DELETER), '1')).status).toBe(202);
    expectError(await remove(as(DELETER), '1'), 404, 'MANIFEST_UNKNOWN');
    expect((await overHttp('GET', `/v2/images/doomed/manifests/${made.digest}`)).status).toBe(200);
    expect((await remove(as(DELETER), made.digest)).status).toBe(202);
    expect((await taskport.call('GET', pathOf(idOf(made, 'doomed', 'images')))).status).toBe(404);
  });

  it('by digest deletes the tags too', async () => {
    const made = await makeImage('doomed');
    for (const name of ['x', 'y']) await bodyOf(tag(name, made, 'doomed'), 201);
    expect((await remove(overHttp, made.digest)).status).toBe(202);
    expectError(await overHttp('GET', '/v2/images/doomed/manifests/x'), 404, 'MANIFEST_UNKNOWN');
    expectError(await overHttp('GET', `/v2/images/doomed/manifests/${made.digest}`), 404, 'MANIFEST_UNKNOWN');
  });

  it('of a manifest in an index is denied, with the name of the index', async () => {
    const made = await makeImage('doomed');
    const index = pushable(
      jsonBytes({
        schemaVersion: 2,
        mediaType: INDEX_TYPE,
        manifests: [descriptorOf(made.manifest, MANIFEST_TYPE)],
      }),
    );
    await bodyOf(push(taskport, index, 'doomed', {}, 'images'), 201);
    const refused = await remove(overHttp, made.digest);
    expectError(refused, 409, 'DENIED');
    expect(refused.json.errors[0].detail).toMatchObject({
      problem: 'in-use',
      references: [{ id: idOf(index, 'doomed', 'images'), kind: 'index' }],
    });
    expect((await remove(overHttp, index.digest)).status).toBe(202);
    expect((await remove(overHttp, made.digest)).status).toBe(202);
  });
});

describe.each(ways)('%s, a push', (_, ask) => {
  it.each([
    ['POST', `/v2/${REPOSITORY}/blobs/uploads/`],
    ['POST', `/v2/${REPOSITORY}/blobs/uploads/?mount=${NOWHERE}&from=images/other`],
    ['PATCH', `/v2/${REPOSITORY}/blobs/uploads/session`],
    ['PUT', `/v2/${REPOSITORY}/blobs/uploads/session?digest=${NOWHERE}`],
    ['GET', `/v2/${REPOSITORY}/blobs/uploads/session`],
    ['PUT', `/v2/${REPOSITORY}/manifests/1.3`],
    ['PUT', `/v2/nowhere/app/manifests/1.3`],
  ])('is refused with the way to push: %s %s', async (method, path) => {
    const answer = await ask(method, path, {}, method === 'GET' ? undefined : 'x'.repeat(100));
    expectError(answer, 405, 'UNSUPPORTED');
    expect(answer.json.errors[0].message).toContain('taskport image push');
  });

  it('and a delete of a blob are unsupported', async () => {
    const answer = await ask('DELETE', `/v2/${REPOSITORY}/blobs/${NOWHERE}`);
    expectError(answer, 405, 'UNSUPPORTED');
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('any path below /v2/', () => {
  it('is answered by the specification, the same both ways in, and never by a bug', async () => {
    const words = [
      'images',
      'app',
      'manifests',
      'blobs',
      'uploads',
      'tags',
      'list',
      'referrers',
      '_taskport',
      'layers',
      '_catalog',
      'token',
    ];
    const digests = [image.digest, NOWHERE, 'sha256:x', '1.2', 'latest'];
    const odd = [
      '',
      '.',
      '..',
      '%2e%2e',
      '%2F',
      '%00',
      '%FF',
      '%25',
      '%C3%A4',
      '%zz',
      '%',
      '@',
      ':',
      '%3A',
      'A',
      'a'.repeat(300),
    ];
    const segment = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...words) },
      { weight: 2, arbitrary: fc.constantFrom(...digests) },
      { weight: 2, arbitrary: fc.constantFrom(...odd) },
    );
    const query = fc.constantFrom(
      '',
      '?n=1',
      '?n=x',
      '?last=%FF',
      '?last=a/b/c',
      '?artifactType=',
      '?x',
      '?n=1&n=2',
    );
    const path = fc
      .tuple(fc.constantFrom('/v2/', '/v2/images/app/', '/v2'), fc.array(segment, { maxLength: 5 }), query)
      .map(([base, parts, rest]) => `${base}${parts.join('/')}${rest}`);
    const methods = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS');
    await fc.assert(
      fc.asyncProperty(methods, path, async (method, asked) => {
        const [direct, behindIt] = await Promise.all([overHttp(method, asked), as(READER)(method, asked)]);
        const isRegistry = direct.headers.has('docker-distribution-api-version');
        expect(behindIt.headers.has('docker-distribution-api-version')).toBe(isRegistry);
        if (!isRegistry) return;
        expect(behindIt.status).toBe(direct.status);
        expect(direct.status).toBeLessThan(500);
        if (direct.status >= 400 && method !== 'HEAD')
          expectError(direct, direct.status, direct.json.errors[0].code);
      }),
      { numRuns: 300 },
    );
  });
});
