/** A deployment that has lost access to its own bucket: its key is disabled, or its policy was changed. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../functions/api/app.ts';
import type { FaultProxy } from '../../faults/proxy.ts';
import { openBehindProxy, openStorehouse, type Storehouse } from '../../storehouse.ts';
import { announce, sendAll, someArchive } from '../../uploading.ts';

let storehouse: Storehouse;
let proxy: FaultProxy;
let behind: Storehouse;
beforeAll(async () => {
  storehouse = await openStorehouse();
  await storehouse.call('POST', '/v1/locations', { name: 'tasks', kind: 'task' });
  await storehouse.call('POST', '/v1/locations', { name: 'images', kind: 'image' });
  ({ behind, proxy } = await openBehindProxy(storehouse));
  return proxy.stop;
});
afterEach(() => proxy.clear());

const unavailable = { status: 503, body: { code: 'unavailable' } };

describe.each([
  ['AccessDenied', 403],
  ['KMS.DisabledException', 400],
])('a bucket that answers %s', (code, status) => {
  it('is unavailable, and a retry succeeds after access is restored', async () => {
    const inline = { id: `task://tasks/${status}`, data: { base64: 'aGVsbG8=' } };
    proxy.answer(() => true, { code, status }, { times: Number.POSITIVE_INFINITY });
    expect(await behind.call('POST', '/v1/elements', inline)).toMatchObject(unavailable);
    proxy.clear();
    expect(await behind.call('POST', '/v1/elements', inline)).toMatchObject({ status: 201 });

    const id = `image://images/${status}`;
    const archive = await someArchive();
    const { body } = await announce(storehouse, id, archive);
    await sendAll(body.upload.requests, archive);
    const complete = () => behind.call('POST', `/v1/elements/image/images/${status}/data/complete`);
    // The answer to a HEAD has no code.
    proxy.answer(({ method }) => method === 'HEAD', { code, status }, { times: Number.POSITIVE_INFINITY });
    expect(await complete()).toMatchObject(unavailable);
    proxy.clear();
    expect(await complete()).toMatchObject({ status: 202 });
  });

  it('reports the reason to operators, not to callers', async () => {
    const lines: string[] = [];
    const app = createApp(behind.dependencies, {
      localPrincipal: 'local',
      log: (line) => lines.push(line),
    });
    proxy.answer(() => true, { code, status });
    const response = await app.request('/v1/elements', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'task://tasks/told', data: { base64: 'aGVsbG8=' } }),
    });
    expect(await response.text()).not.toContain(code);
    const told = lines.map((line) => JSON.parse(line));
    expect(told).toMatchObject([
      { level: 'ERROR', code: 'unavailable', error: expect.stringContaining(code) },
    ]);
  });
});
