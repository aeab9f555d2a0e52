import { expect } from 'vitest';
import { documents, rootFilesystem } from './layer.ts';
import { workflow } from './workflow.ts';

workflow('creating an nfs volume from parent (error case)', async ({ step, call, events }) => {
  const id = 'volume://nfs-homes/ada';
  const path = '/v1/elements/volume/nfs-homes/ada';
  const parents = ['image://nfs-templates/home-1.0', 'volume://local-homes/ada', 'volume://nfs-homes/grace'];

  await step(
    'create an nfs location, and elsewhere an image and a volume that could be parents',
    async () => {
      const nfs = { server: '192.0.2.10', path: '/exports/homes' };
      await call('POST', '/v1/locations', { body: { name: 'nfs-homes', kind: 'volume', type: 'nfs', nfs } });
      await call('POST', '/v1/locations', { body: { name: 'nfs-templates', kind: 'image' } });
      await call('POST', '/v1/locations', { body: { name: 'local-homes', kind: 'volume' } });
      const [root, files] = await Promise.all([rootFilesystem(), documents()]);
      await call('POST', '/v1/elements', { body: { id: parents[0], data: { base64: root.base64 } } });
      await call('POST', '/v1/elements', { body: { id: parents[1], data: { base64: files.base64 } } });
      await call('POST', '/v1/elements', { body: { id: parents[2] } });
      await events(
        { type: 'Location Created', id: 'nfs-homes' },
        { type: 'Location Created', id: 'nfs-templates' },
        { type: 'Location Created', id: 'local-homes' },
        { type: 'Image Created', id: parents[0] as string },
        { type: 'Volume Created', id: parents[1] as string },
        { type: 'Volume Created', id: parents[2] as string },
      );
    },
  );

  await step(
    'no volume of the nfs location has a parent, of whatever kind it is, or the empty root',
    async () => {
      for (const parentId of parents) {
        expect(await call('POST', '/v1/elements', { body: { id, parentId } })).toMatchObject({
          status: 422,
          body: {
            code: 'invalid-parent',
            reason: 'a volume in an nfs location has no parent: leave `parentId` out',
          },
        });
      }
      expect(await call('POST', '/v1/elements', { body: { id, parentId: 'scratch:' } })).toMatchObject({
        status: 422,
        body: {
          code: 'invalid-parent',
          reason:
            'a volume in an nfs location cannot begin at scratch:, only images can: leave `parentId` out',
        },
      });
    },
  );

  await step('nothing was created, and nothing refers to those parents', async () => {
    expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    const { body } = await call('GET', '/v1/elements?kind=volume&location=nfs-homes');
    expect(body.items).toMatchObject([{ id: parents[2] }]);
    for (const parent of [
      'image/nfs-templates/home-1.0',
      'volume/local-homes/ada',
      'volume/nfs-homes/grace',
    ]) {
      const references = await call('GET', `/v1/elements/${parent}/references`);
      expect(references).toMatchObject({ status: 200, body: { items: [] } });
    }
  });

  await step('without a parent the volume is created, and its event is the first since', async () => {
    expect(await call('POST', '/v1/elements', { body: { id } })).toMatchObject({ status: 201 });
    await events({ type: 'Volume Created', id, detail: { revision: 1 } });
  });
});
