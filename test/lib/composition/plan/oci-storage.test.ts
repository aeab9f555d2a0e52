import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, planOf, renderOci } from './rendered.ts';
import {
  efsVolume,
  inputOf,
  layer,
  ownRoot,
  ROOT_IMAGE,
  readOnly,
  registryRoot,
  someSpec,
  storage,
  withSpec,
} from './some-input.ts';

const plan = (parts: Partial<PlanInput> = {}) => planOf(renderOci(inputOf(parts)));
const planFor = (spec: TaskSpec, parts: Partial<PlanInput> = {}) =>
  planOf(renderOci(withSpec(inputOf(parts), spec)));

describe('the storage of a bundle', () => {
  it('is the root filesystem first and the others in the order of joins, each with URLs of its layers', () => {
    const volume = storage('volume://data/a+b:1', '/data', [layer(ROOT_IMAGE), layer('volume://data/a+b:1')]);
    const { layers, storage: all } = plan({ storage: [volume, ownRoot] });
    expect(all.map(({ id, path, mountPath }) => [id, path, mountPath])).toEqual([
      [ROOT_IMAGE, 'rootfs', '/'],
      ['volume://data/a+b:1', 'storage/1', '/data'],
    ]);
    expect(layers.map(({ href }) => href)).toEqual([
      '/v1/elements/image/library/scratch/data',
      '/v1/elements/image/library/base/data',
    ]);
    expect(all[1]?.layers.at(-1)).toEqual({
      id: 'volume://data/a+b:1',
      checksum: `sha256:${'0'.repeat(64)}`,
      size: 700,
      href: '/v1/elements/volume/data/a%2Bb%3A1/data',
    });
  });

  it('has no layer for elements with metadata only', () => {
    const tagged = storage(ROOT_IMAGE, '/', [
      layer('image://library/scratch'),
      { id: ROOT_IMAGE, ro: { os: 'linux' } },
    ]);
    expect(plan({ storage: [tagged] }).layers.map(({ id }) => id)).toEqual(['image://library/scratch']);
  });

  it('says how writes are kept: while an image is joined, with a volume, or not at all', () => {
    const { storage: all } = plan({
      storage: [ownRoot, storage('volume://v/a', '/a', []), readOnly(storage('volume://v/b', '/b', []))],
    });
    expect(all.map(({ writable, readOnly }) => [writable, readOnly])).toEqual([
      ['layer', false],
      ['volume', false],
      [undefined, true],
    ]);
  });

  it('contains the server of an NFS volume, and the capacity of each element', () => {
    const volume = { ...efsVolume('shared', '/shared'), capacity: 2048 };
    expect(plan({ storage: [ownRoot, volume] }).storage[1]).toMatchObject({
      nfs: volume.nfs,
      capacity: 2048,
      layers: [],
    });
  });

  it('names the directories for nested mounts', () => {
    const paths = ['/a', '/a/b', '/a/b/c', '/a/d/e', '/ab'];
    const volumes = paths.map((path, at) => storage(`volume://v/${at}`, path, []));
    const { storage: all } = plan({ storage: [ownRoot, ...volumes] });
    expect(all.map(({ mountPoints }) => mountPoints)).toEqual([[], ['b', 'd/e'], ['c'], [], [], []]);
  });

  it.each<[string, PlanInput['storage'], string]>([
    ['a root whose bytes a registry has', [registryRoot], `storage["${ROOT_IMAGE}"]`],
    [
      'an image without any data',
      [storage(ROOT_IMAGE, '/', [{ id: ROOT_IMAGE, ro: {} }])],
      `storage["${ROOT_IMAGE}"]`,
    ],
    [
      'a volume that begins as an image of a registry',
      [ownRoot, storage('volume://v/a', '/a', [...registryRoot.layers, layer('volume://v/a')])],
      'storage["volume://v/a"]',
    ],
    ['nothing at the root', [storage('volume://v/a', '/a', [])], 'storage'],
    ['no storage', [], 'storage'],
    [
      'a mount in /proc',
      [ownRoot, storage('volume://v/a', '/proc/sys', [])],
      'storage["volume://v/a"].mount.path',
    ],
  ])('must exist: %s', (_, all, path) => {
    expect(pathsOf(renderOci(inputOf({ storage: all })))).toEqual([path]);
  });
});

describe('the root filesystem', () => {
  it.each([
    ['the mount', readOnly(ownRoot), undefined, true],
    ['the task', ownRoot, true, true],
    ['neither', ownRoot, undefined, false],
    ['the mount, whatever the task says', readOnly(ownRoot), false, true],
  ])('is read-only by %s', (_, root, asked, expected) => {
    const spec = asked === undefined ? someSpec : { ...someSpec, root: { readOnly: asked } };
    const { config, storage: all } = planFor(spec, { storage: [root] });
    expect(config.root).toEqual({ path: 'rootfs', readonly: expected });
    expect(all[0]?.readOnly).toBe(expected);
  });
});
