/** Unused images and volumes that a runner removes from an engine, and its behaviour without free space. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { labelsOf, nameOf } from '../../cli/docker/labels.ts';
import type { ComposedLayer } from '../../lib/composition/plan/composed-container.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { archiveOf } from '../busybox.ts';
import { startSmallDocker, withoutDocker } from './dockerd.ts';
import { at, attemptOf, readOnly, Shelf } from './shelf.ts';

const without = withoutDocker();
const MIB = 2 ** 20;
const VOLUME = 'volume://data/documents';
const IMAGE = 'image://library/tools';

const layerOf = async (shelf: Shelf, id: string, mib: number, name = 'large'): Promise<ComposedLayer> =>
  shelf.offer(id, await archiveOf({ [name]: Buffer.alloc(mib * MIB, 'x') }));

describe.skipIf(without)(titled('pruning', without), () => {
  let shelf: Shelf;
  beforeEach(async () => {
    shelf = new Shelf(inject('dockerHost'));
    await shelf.open();
  });
  afterEach(() => shelf.close());

  it('removes shared images beyond the limit, the least recently used first', async () => {
    const images = await Promise.all(
      ['a', 'b', 'c'].map(async (name) =>
        readOnly(at('/mnt', IMAGE, await layerOf(shelf, IMAGE + name, 2, name))),
      ),
    );
    const names: (string | undefined)[] = [];
    for (const [number, image] of images.entries()) {
      // Engines record the creation of a volume in whole seconds.
      await sleep(1_100);
      const [mount] = await shelf.prepare([image], attemptOf(number));
      names.push(mount?.Source);
      await shelf.storage.forget(attemptOf(number));
    }
    // The oldest one is used again.
    await shelf.prepare(images.slice(0, 1), attemptOf(9));
    await shelf.storage.forget(attemptOf(9));
    await shelf.storage.prune(5 * MIB);
    expect((await shelf.left()).volumes.toSorted()).toEqual([names[0], names[2]].toSorted());
    // A new process goes by the creation times.
    await shelf.another().prune(3 * MIB);
    expect((await shelf.left()).volumes).toEqual([names[2]]);
    await shelf.another().prune(0);
    expect((await shelf.left()).volumes).toEqual([]);
  });

  it('keeps prepared volumes, writes, and volumes of others', async () => {
    const other = new Shelf(inject('dockerHost'));
    const name = `by-hand-${randomUUID()}`;
    await shelf.docker.createVolume({ Name: name });
    try {
      const tools = await layerOf(shelf, IMAGE, 1);
      await other.prepare([readOnly(at('/mnt', IMAGE, other.offer(IMAGE, await archiveOf({ x: 'x' }))))]);
      await other.storage.forget(attemptOf(1));
      const mounts = await shelf.prepare([
        readOnly(at('/a', IMAGE, tools)),
        at('/b', `${IMAGE}-written`, tools),
        at('/c', VOLUME, tools),
      ]);
      await shelf.storage.prune(0);
      expect((await shelf.left()).volumes).toHaveLength(3);
      expect((await shelf.run('ls /a /b /c | wc -l', mounts)).lines).toEqual(['8']);
      await shelf.storage.forget(attemptOf(1));
      await shelf.storage.prune(0);
      expect((await shelf.left()).volumes.toSorted()).toEqual(
        mounts
          .slice(1)
          .map(({ Source }) => Source)
          .toSorted(),
      );
      expect((await other.left()).volumes).toHaveLength(1);
      expect((await shelf.docker.getVolume(name).inspect()).Name).toBe(name);
    } finally {
      await shelf.docker.getVolume(name).remove();
      await other.close();
    }
  });

  it('removes volumes of an earlier version of the runner at once, unless a container has them', async () => {
    const made = { kind: 'volume', storageId: VOLUME } as const;
    const former = await Promise.all(
      ['used', 'unused'].map(async (instance) => {
        const Name = nameOf(shelf.scope, { ...made, instance });
        await shelf.docker.createVolume({ Name, Labels: labelsOf(shelf.scope, { ...made, instance }) });
        return Name;
      }),
    );
    const container = await shelf.docker.createContainer({
      Image: shelf.image,
      Cmd: ['true'],
      Labels: labelsOf(shelf.scope, { kind: 'task' }),
      HostConfig: { Mounts: [{ Type: 'volume', Source: former[0] as string, Target: '/mnt' }] },
    });
    await shelf.another().prune(2 ** 40);
    expect((await shelf.left()).volumes).toEqual(former.slice(0, 1));
    await container.remove();
    await shelf.another().prune(2 ** 40);
    expect((await shelf.left()).volumes).toEqual([]);
  });

  it('removes images that were pulled from the service, but none that somebody has named or runs', async () => {
    const { host } = shelf.scope.service;
    const make = async (repo: string, tag: string): Promise<string> => {
      const archive = await archiveOf({ [randomUUID()]: Buffer.alloc(MIB, 'x') });
      const imported = await shelf.docker.importImage(Readable.from([archive]) as never, { repo, tag });
      await buffer(imported as unknown as NodeJS.ReadableStream);
      return (await shelf.docker.getImage(`${repo}:${tag}`).inspect()).Id;
    };
    const digest = (digit: string): string => `sha256-${digit.repeat(64)}`;
    const ours = await make(`${host}/library/app`, digest('a'));
    const used = await make(`${host}/library/app`, digest('b'));
    const named = await make(`${host}/library/app`, '1.2');
    const alsoNamed = await make(`${host}/library/app`, digest('c'));
    await shelf.docker.getImage(alsoNamed).tag({ repo: 'localhost/mine', tag: '1' });
    const elsewhere = await make('elsewhere.test/library/app', digest('d'));
    const container = await shelf.docker.createContainer({ Image: used, Cmd: ['true'] });
    const all = [ours, used, named, alsoNamed, elsewhere];
    const there = async (): Promise<string[]> => {
      const found = await shelf.docker.listImages();
      return all.filter((id) => found.some(({ Id }) => Id === id));
    };
    try {
      await shelf.storage.prune(2 ** 40);
      expect(await there()).toEqual(all);
      await shelf.storage.prune(0);
      expect(await there()).toEqual(all.slice(1));
    } finally {
      await container.remove();
      for (const id of await there())
        await shelf.docker.getImage(id).remove({ force: true } as Dockerode.ImageRemoveOptions);
    }
  });
});

describe.skipIf(without)(titled('an engine without room', without), () => {
  it('reports it, keeps no partial volume, and continues once there is room', async () => {
    const daemon = await startSmallDocker(32);
    const shelf = new Shelf(daemon.host);
    try {
      for (const mount of [
        readOnly(at('/mnt', IMAGE, await layerOf(shelf, IMAGE, 40))),
        at('/mnt', VOLUME, await layerOf(shelf, VOLUME, 40)),
      ]) {
        const prepared = shelf.prepare([mount]);
        await expect(prepared).rejects.toThrow(LaunchError);
        await expect(prepared).rejects.toThrow(/no space left/i);
        expect(await shelf.left()).toEqual({ volumes: [], containers: [] });
      }
      const [mount] = await shelf.prepare([at('/mnt', VOLUME, await layerOf(shelf, VOLUME, 4))]);
      expect(await shelf.left()).toEqual({ volumes: [mount?.Source], containers: [] });
    } finally {
      await shelf.close();
      await daemon.stop();
    }
  });
});
