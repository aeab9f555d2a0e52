import { expect } from 'vitest';
import { documents } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating an nfs volume', async ({ step, call, events }) => {
  const id = 'volume://shared/results';
  const path = '/v1/elements/volume/shared/results';
  const nfs = { server: 'nfs.example.com', path: '/exports/shared' };

  await step('a location of type nfs says where its server is', async () => {
    const body = { name: 'shared', kind: 'volume', type: 'nfs' };
    expect(await call('POST', '/v1/locations', { body })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', issues: [{ path: 'nfs' }] },
    });
    expect(await call('POST', '/v1/locations', { body: { ...body, nfs } })).toMatchObject({
      status: 201,
      body: { type: 'nfs', nfs },
    });
    await events({ type: 'Location Created', id: 'shared' });
  });

  await step(
    'create a volume there: the server keeps its bytes, so it has no space to account for',
    async () => {
      const metadata = { ro: { directory: 'results/2026' }, rw: { owner: 'ada' } };
      const answer = await call('POST', '/v1/elements', { body: { id, metadata } });
      expect(answer).toMatchObject({ status: 201, body: { state: 'ready', revision: 1, metadata } });
      for (const attribute of ['capacity', 'checksum', 'size', 'parentId']) {
        expect(answer.body).not.toHaveProperty(attribute);
      }
      await events({ type: 'Volume Created', id, detail: { revision: 1 } });
    },
  );

  await step('it takes neither data nor a size', async () => {
    const { base64 } = await documents();
    const withData = { id: 'volume://shared/seeded', data: { base64 } };
    expect(await call('POST', '/v1/elements', { body: withData })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', issues: [{ path: 'data' }] },
    });
    const withSpace = { id: 'volume://shared/sized', freeSpace: 1_024 };
    expect(await call('POST', '/v1/elements', { body: withSpace })).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', issues: [{ path: 'freeSpace' }] },
    });
    expect(await call('GET', `${path}/data`)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });

  await step('once the location is create-only, its volumes stay as they are', async () => {
    const body = { policy: 'create-only' };
    expect(await call('PATCH', '/v1/locations/shared', { body })).toMatchObject({ status: 200, body });
    await events({ type: 'Location Modified', id: 'shared', detail: { changed: ['policy'] } });
    const refusal = { status: 403, body: { code: 'invalid-location', policy: 'create-only' } };
    const change = { metadata: { rw: { owner: 'grace' } } };
    expect(await call('PATCH', path, { body: change })).toMatchObject(refusal);
    expect(await call('DELETE', path)).toMatchObject(refusal);
  });

  await step('opened again, it lets the volume go', async () => {
    await call('PATCH', '/v1/locations/shared', { body: { policy: 'read-write' } });
    expect(await call('DELETE', path)).toMatchObject({ status: 204 });
    await events(
      { type: 'Location Modified', id: 'shared', detail: { revision: 3 } },
      { type: 'Volume Deleted', id, detail: { revision: 2 } },
    );
  });
});
