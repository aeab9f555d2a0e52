/** Uploads to the product, and their state after a kill. */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { localEnvironment } from '../../infra/local/client-config.ts';
import { startEngines } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import { NOTHING, type Storehouse, storehouseAt } from '../storehouse.ts';
import { digest, MINUTE, MUCH_LATER, pathOf, someArchive } from '../uploading.ts';
import { type Answer, ask } from './ledger.ts';
import { type PrintedEvent, parseOutput, withoutRepeats } from './output.ts';
import { familyOf, freshDirectory, killAll, type Product, removeDirectory, startProduct } from './product.ts';

/** The name of the local host's table and of its bucket. */
const STORES = 'taskport';

const directory = freshDirectory();
const products: Product[] = [];
const start = async (): Promise<string> => {
  const product = startProduct({ directory });
  products.push(product);
  return product.listening();
};
afterAll(async () => {
  for (const product of products) {
    product.signal('SIGKILL');
    await product.ended;
  }
  removeDirectory(directory);
});

const kill = async (product: Product, withEngines: boolean): Promise<void> => {
  killAll(withEngines ? familyOf(product.pid) : [product.pid]);
  expect(await product.ended).toBe('SIGKILL');
};

/** Works on the stores of the stopped product. */
const whileStopped = async (work: (storehouse: Storehouse) => Promise<void>): Promise<void> => {
  expect(await products.at(-1)?.stop()).toBe(0);
  const engines = await startEngines({ directory, bucket: STORES });
  const { dynamodbUrl, s3Url } = engines;
  const urls = { AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl, AWS_ENDPOINT_URL_S3: s3Url };
  Object.assign(process.env, localEnvironment, urls);
  try {
    await work(storehouseAt(STORES, STORES));
  } finally {
    await engines.stop();
  }
};

const eventsOf = (id: string): PrintedEvent[] =>
  withoutRepeats(products.flatMap((product) => parseOutput(product.output()).events)).filter(
    (event) => event.id === id,
  );

const create = async (url: string, path: string, body: object) =>
  expect(await ask(url, 'POST', path, body)).toMatchObject({ status: 201 });

/** An upload that a client wants; the sent bytes may differ from the announced ones. */
interface Wish {
  readonly id: string;
  readonly said: Uint8Array;
  readonly sent: Uint8Array;
  settled?: Answer['body'];
  /** The last answer about it, for the message of a failed test. */
  last?: Answer | undefined;
}

const wish = async (name: string, isRight = true): Promise<Wish> => {
  const said = await someArchive(randomInt(1, 200_000));
  const sent = isRight ? said : randomBytes(said.length);
  return { id: `image://images/${name}`, said, sent };
};

/** Whether the product accepted the bytes. */
const put = async ({ upload }: Answer['body'], bytes: Uint8Array): Promise<boolean> => {
  const [{ url, headers }] = upload.requests;
  const { 'content-length': _, ...sent } = headers;
  const answer = await fetch(url, { method: 'PUT', headers: sent, body: new Uint8Array(bytes) }).catch(
    () => undefined,
  );
  return answer?.ok === true;
};

/** The client's next step, from the present state. */
const step = async (url: string, { id, said, sent }: Wish): Promise<Answer | undefined> => {
  const path = pathOf(id);
  const found = await ask(url, 'GET', path);
  if (found?.status === 404) {
    const body = { id, size: said.length, checksum: digest('sha256', said), data: { upload: true } };
    return ask(url, 'POST', '/v1/elements', body);
  }
  if (found?.body.state !== 'pending') return found;
  const upload = await ask(url, 'GET', `${path}/data/upload`);
  if (upload?.status === 200 && (await put({ upload: upload.body }, sent))) {
    await ask(url, 'POST', `${path}/data/complete`);
  }
  return ask(url, 'GET', path);
};

/** Continues until the upload is settled, or the product is gone. */
const pursue = async (url: string, wanted: Wish, isGone: () => boolean): Promise<void> => {
  while (!wanted.settled && !isGone()) {
    wanted.last = await step(url, wanted);
    const { body } = wanted.last ?? {};
    if (body?.state === 'ready' || body?.state === 'failed') wanted.settled = body;
    else await sleep(20);
  }
};

const expectData = async (url: string, { id, said }: Wish): Promise<void> => {
  const data = await fetch(`${url}${pathOf(id)}/data`);
  expect([data.status, digest('sha256', new Uint8Array(await data.arrayBuffer()))]).toEqual([
    200,
    digest('sha256', said),
  ]);
};

test('an upload is announced once it is ready, and never if it was refused', async () => {
  const url = await start();
  await create(url, '/v1/locations', { name: 'images', kind: 'image' });
  const [right, wrong] = [await wish('right'), await wish('wrong', false)];
  for (const each of [right, wrong]) await step(url, each);
  await create(url, '/v1/elements', { id: 'image://images/marker' });
  await vi.waitFor(() => expect(eventsOf('image://images/marker')).toHaveLength(1), PATIENCE);
  expect(eventsOf(right.id)).toEqual([]);

  await Promise.all([right, wrong].map((each) => pursue(url, each, () => false)));
  expect(right.settled).toMatchObject({
    state: 'ready',
    checksum: digest('sha256', right.said),
    revision: 3,
  });
  await expectData(url, right);
  expect(wrong.settled).toMatchObject({
    state: 'failed',
    problem: {
      code: 'checksum-mismatch',
      actual: digest('sha256', wrong.sent),
      expected: digest('sha256', wrong.said),
    },
  });
  await vi.waitFor(() => expect(eventsOf(right.id)).toHaveLength(1), PATIENCE);
  expect(eventsOf(right.id)).toMatchObject([{ type: 'Image Created', detail: { revision: 3 } }]);
  for (const { id } of [right, wrong]) {
    expect(await ask(url, 'DELETE', pathOf(id))).toMatchObject({ status: 204 });
  }
  await vi.waitFor(() => expect(eventsOf(right.id).at(-1)?.type).toBe('Image Deleted'), PATIENCE);
  expect(eventsOf(wrong.id)).toEqual([]);
  expect(await ask(url, 'DELETE', '/v1/elements/image/images/marker')).toMatchObject({ status: 204 });
  await whileStopped(async () => {});
});

test('uploads end normally after a kill at any time', async () => {
  const wishes: Wish[] = [];
  let url = '';
  for (const withEngines of [false, true, false, true]) {
    url = await start();
    let gone = false;
    const killing = async () => {
      await sleep(randomInt(150, 900));
      gone = true;
      await kill(products.at(-1) as Product, withEngines);
    };
    const client = async () => {
      while (!gone) {
        const wanted = await wish(randomBytes(6).toString('hex'), randomInt(5) > 0);
        wishes.push(wanted);
        await pursue(url, wanted, () => gone);
      }
    };
    const unsettled = wishes.filter(({ settled }) => !settled);
    const retries = unsettled.map((wanted) => pursue(url, wanted, () => gone));
    await Promise.all([killing(), ...retries, client(), client(), client()]);
  }
  expect(wishes.length).toBeGreaterThan(4);

  // A lost verification is repeated after its lease; here the clock is ahead.
  url = await start();
  await whileStopped((storehouse) => storehouse.sweep(17 * MINUTE));
  url = await start();
  const deadline = Date.now() + PATIENCE.timeout;
  await Promise.all(wishes.map((wanted) => pursue(url, wanted, () => Date.now() > deadline)));
  for (const wanted of wishes) {
    const { id, said, sent } = wanted;
    const ends =
      said === sent ? { state: 'ready' } : { state: 'failed', problem: { code: 'checksum-mismatch' } };
    expect(wanted.settled, JSON.stringify(wanted.last)).toMatchObject(ends);
    // A refused upload is final.
    if (said !== sent) continue;
    expect(await ask(url, 'GET', pathOf(id)), id).toMatchObject({ status: 200, body: wanted.settled });
    await expectData(url, wanted);
  }
  await vi.waitFor(() => {
    for (const { id, settled } of wishes) {
      const expected = settled.state === 'ready' ? [['Image Created', settled.revision]] : [];
      expect(
        eventsOf(id).map(({ type, detail }) => [type, detail.revision]),
        id,
      ).toEqual(expected);
    }
  }, PATIENCE);

  for (const { id } of wishes) {
    expect((await ask(url, 'DELETE', pathOf(id)))?.status, id).toBeOneOf([204, 404]);
  }
  await whileStopped(async (storehouse) => {
    await storehouse.sweep();
    await storehouse.sweep(MUCH_LATER);
    expect(await storehouse.remains()).toEqual(NOTHING);
  });
});
