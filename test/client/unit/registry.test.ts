/** Reads from the registry API of a service that needs credentials. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { type ClientOptions, Http } from '../../../client/http.ts';
import type { ImageManifest } from '../../../client/image-manifest.ts';
import { Registry } from '../../../client/registry.ts';
import { RemoteImage } from '../../../client/remote-image.ts';
import { startAnswering } from '../../answering.ts';

const BYTES = Buffer.from('a blob');
const BLOB = { digest: `sha256:${createHash('sha256').update(BYTES).digest('hex')}`, size: BYTES.length };
const CREDENTIAL = JSON.stringify({ password: 'secret', expiresAt: '2100-01-01T00:00:00.000Z' });

beforeEach(() => {
  // No wait between tries.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => random.mockRestore();
});

type Answer = (to: ServerResponse) => void;

/** An image of a service; each request of credentials and blobs gets the next of its answers, and the last one again. */
const someImage = async (credentials: readonly Answer[], blobs: readonly Answer[]) => {
  const asked = { credentials: 0, blobs: 0 };
  const { url, stop } = await startAnswering(async ({ url: path = '' }, to) => {
    const [noun, answers] = path.includes('/blobs/')
      ? (['blobs', blobs] as const)
      : (['credentials', credentials] as const);
    asked[noun] += 1;
    answers[Math.min(asked[noun], answers.length) - 1]?.(to);
  });
  onTestFinished(stop);
  const options: ClientOptions = { url, token: 'token', patience: { attempts: 1 } };
  const image = new RemoteImage(new Registry(new Http(options), options), 'images/app', 'id', BLOB.digest);
  return { image, asked };
};

const bytes: Answer = (to) => void to.end(BYTES);
const credential: Answer = (to) => void to.end(CREDENTIAL);
const refusing =
  (status: number, headers = {}): Answer =>
  (to) =>
    void to.writeHead(status, headers).end();

it('asks again for a credential after the call for it has failed', async () => {
  const { image, asked } = await someImage([refusing(503), credential], [bytes]);
  expect(await image.read(BLOB)).toEqual(new Uint8Array(BYTES));
  expect(asked).toEqual({ credentials: 2, blobs: 1 });
});

it('asks for one credential for parallel reads', async () => {
  const { image, asked } = await someImage([credential], [bytes]);
  await Promise.all([image.read(BLOB), image.read(BLOB), image.read(BLOB)]);
  expect(asked).toEqual({ credentials: 1, blobs: 3 });
});

it('reads layers one by one if the service does not answer the call for all', async () => {
  const { url, stop } = await startAnswering(async ({ url: path = '' }, to) => {
    if (!path.includes('/_taskport/layers/')) to.end(BYTES);
  });
  onTestFinished(stop);
  const options: ClientOptions = { url, patience: { timeoutMs: 300 } };
  const image = new RemoteImage(new Registry(new Http(options), options), 'images/app', 'id', BLOB.digest);
  const layers = Array(4).fill(BLOB);
  await image.findLayers({ digest: BLOB.digest, layers } as unknown as ImageManifest);
  expect(await image.read(BLOB)).toEqual(new Uint8Array(BYTES));
});

it.each([403, 408, 429, 500, 503])('reads again after a passing refusal: %i', async (status) => {
  const { image, asked } = await someImage([credential], [refusing(status), bytes]);
  expect(await image.read(BLOB)).toEqual(new Uint8Array(BYTES));
  expect(asked.blobs).toBe(2);
});

it('waits before the next read as long as the service asks', async () => {
  const { image } = await someImage([credential], [refusing(429, { 'retry-after': '1' }), bytes]);
  const timers = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => timers.mockRestore());
  await image.read(BLOB);
  expect(timers.mock.calls.map(([, wait]) => wait)).toContain(1_000);
});

it('reports any other refusal at once', async () => {
  const { image, asked } = await someImage([credential], [refusing(404), bytes]);
  await expect(image.read(BLOB)).rejects.toMatchObject({ name: 'StoreError', status: 404 });
  expect(asked.blobs).toBe(1);
  const refused = await someImage([refusing(403), credential], [bytes]);
  await expect(refused.image.read(BLOB)).rejects.toMatchObject({ name: 'ProblemError', status: 403 });
  expect(refused.asked).toEqual({ credentials: 1, blobs: 0 });
});
