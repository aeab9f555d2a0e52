import { describe, expect, it } from 'vitest';
import { withKnownPaths } from '../../../lib/composition/known-paths.ts';
import type { PlannedStorage } from '../../../lib/composition/plan/plan-input.ts';
import { efsVolume, layer, storage } from './plan/some-input.ts';

const ROOT = 'image://library/base';
const PARENT = 'image://library/scratch';
const root = storage(ROOT, '/', [layer(PARENT), { id: 'image://library/tag', ro: {} }, layer(ROOT)]);
const volume = (name: string, path: string) =>
  storage(`volume://data/${name}`, path, [layer(`volume://data/${name}`)]);

/** The elements whose index is read for a plan of this storage; NFS volumes and tags have no data. */
const readFor = async (...mounted: PlannedStorage[]): Promise<string[]> => {
  const read: string[] = [];
  const blobs = {
    readPaths: async (id: string) => {
      read.push(id);
      return undefined;
    },
  };
  expect(await withKnownPaths(blobs, mounted, (id) => (/tag|shared/.test(id) ? undefined : id))).toEqual(
    mounted,
  );
  return read.sort();
};

describe('the indexes that are read for a plan', () => {
  it('are none without nested mounts', async () => {
    expect(await readFor(root)).toEqual([]);
    expect(await readFor(volume('a', '/a'), volume('b', '/b'))).toEqual([]);
  });

  it('are those of all elements that contain a mount, and no others', async () => {
    expect(await readFor(root, volume('a', '/a'), volume('b', '/b'))).toEqual([ROOT, PARENT]);
    expect(await readFor(volume('b', '/a/b'), volume('a', '/a'), volume('c', '/c'))).toEqual([
      'volume://data/a',
    ]);
  });

  it('are none for NFS volumes, or for mounts among the devices', async () => {
    expect(await readFor(efsVolume('home', '/home'), volume('a', '/home/a'))).toEqual([]);
    expect(await readFor(root, volume('a', '/dev/shm'))).toEqual([]);
    expect(await readFor(root, volume('a', '/dev/shm'), volume('b', '/dev/shm/b'))).toEqual([
      'volume://data/a',
    ]);
  });
});
