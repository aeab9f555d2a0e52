import { describe, expect, it } from 'vitest';
import { withKnownPaths } from '../../../lib/composition/known-paths.ts';
import type { PlannedStorage } from '../../../lib/composition/plan/plan-input.ts';
import { efsVolume, layer, storage } from './plan/some-input.ts';

const ROOT = 'image://library/base';
const PARENT = 'image://library/scratch';
const root = storage(ROOT, '/', [layer(PARENT), { id: 'image://library/tag', ro: {} }, layer(ROOT)]);
const volume = (name: string, path: string) =>
  storage(`volume://data/${name}`, path, [layer(`volume://data/${name}`)]);

/** The elements whose index is read for a plan of this storage; what NFS keeps has no data, nor has the tag. */
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
  it('are none where nothing is mounted in anything', async () => {
    expect(await readFor(root)).toEqual([]);
    expect(await readFor(volume('a', '/a'), volume('b', '/b'))).toEqual([]);
  });

  it('are those of all that makes up what something is mounted in, and no others', async () => {
    expect(await readFor(root, volume('a', '/a'), volume('b', '/b'))).toEqual([ROOT, PARENT]);
    expect(await readFor(volume('b', '/a/b'), volume('a', '/a'), volume('c', '/c'))).toEqual([
      'volume://data/a',
    ]);
  });

  it('are none of NFS volumes, nor for what is mounted among the devices', async () => {
    expect(await readFor(efsVolume('home', '/home'), volume('a', '/home/a'))).toEqual([]);
    expect(await readFor(root, volume('a', '/dev/shm'))).toEqual([]);
    expect(await readFor(root, volume('a', '/dev/shm'), volume('b', '/dev/shm/b'))).toEqual([
      'volume://data/a',
    ]);
  });
});
