import { expect } from 'vitest';
import { checksumOf, documents, kib } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating a fresh volume', async ({ step, call, download, events }) => {
  const id = 'volume://fresh-volumes/scratchpad';
  const path = '/v1/elements/volume/fresh-volumes/scratchpad';
  const seeded = 'volume://fresh-volumes/documents';

  await step('create a location that keeps volumes', async () => {
    const answer = await call('POST', '/v1/locations', { body: { name: 'fresh-volumes', kind: 'volume' } });
    expect(answer).toMatchObject({ status: 201 });
    await events({ type: 'Location Created', id: 'fresh-volumes' });
  });

  await step('create an empty volume with 10 MiB to write to', async () => {
    const body = { id, freeSpace: 10_240, metadata: { ro: { team: 'search' }, rw: { purpose: 'index' } } };
    const answer = await call('POST', '/v1/elements', { body });
    expect(answer).toMatchObject({
      status: 201,
      body: { state: 'ready', revision: 1, freeSpace: 10_240, capacity: 10_240, metadata: body.metadata },
    });
    expect(answer.body).not.toHaveProperty('parentId');
    await events({ type: 'Volume Created', id, detail: { revision: 1 } });
  });

  await step('create another with files in it from the start', async () => {
    const layer = await documents();
    const body = { id: seeded, freeSpace: 1_024, data: { base64: layer.base64 } };
    const answer = await call('POST', '/v1/elements', { body });
    expect(answer).toMatchObject({
      status: 201,
      body: { checksum: layer.checksum, capacity: kib(layer.unpackedSize) + 1_024 },
    });
    await events({ type: 'Volume Created', id: seeded });
    expect(checksumOf(await download(`${answer.headers.location}/data`))).toBe(layer.checksum);
  });

  await step('data that is no archive makes no volume', async () => {
    const base64 = Buffer.from('these are not the files you are looking for').toString('base64');
    const body = { id: 'volume://fresh-volumes/broken', data: { base64 } };
    expect(await call('POST', '/v1/elements', { body })).toMatchObject({
      status: 415,
      body: { code: 'unsupported-data-format' },
    });
  });

  await step('change what is known of the volume, unless another did meanwhile', async () => {
    const body = { metadata: { rw: { purpose: null, owner: 'ada' } } };
    const { headers: read } = await call('GET', path);
    const headers = { 'if-match': read.etag ?? '' };
    expect(await call('PATCH', path, { body, headers })).toMatchObject({
      status: 200,
      body: { revision: 2, metadata: { ro: { team: 'search' }, rw: { owner: 'ada' } } },
    });
    expect(await call('PATCH', path, { body, headers })).toMatchObject({
      status: 412,
      body: { code: 'revision-mismatch' },
    });
    await events({
      type: 'Volume Modified',
      id,
      detail: { revision: 2, changed: ['rw.owner', 'rw.purpose'] },
    });
  });

  await step('read only what is asked for', async () => {
    const { body } = await call('GET', `${path}?fields=rw,ro.team`);
    expect(body).toEqual({ id, metadata: { ro: { team: 'search' }, rw: { owner: 'ada' } } });
  });

  await step('delete the volume', async () => {
    expect(await call('DELETE', path)).toMatchObject({ status: 204 });
    expect(await call('GET', path)).toMatchObject({ status: 404 });
    await events({ type: 'Volume Deleted', id, detail: { revision: 3 } });
  });
});
