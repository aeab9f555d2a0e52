/** The fate of writes to a volume if the runner is killed at any call to its engine, or the answer is lost. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { labelsOf } from '../../cli/docker/labels.ts';
import type { DockerStorage } from '../../cli/docker/storage.ts';
import type { WrittenVolume } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { archiveOf } from '../busybox.ts';
import { withoutDocker } from './dockerd.ts';
import { EngineProxy } from './engine-proxy.ts';
import { at, attemptOf, EXECUTOR, Shelf } from './shelf.ts';

const without = withoutDocker();
const VOLUME = 'volume://data/documents';
const FATES = ['lose', 'gone'] as const;

describe.skipIf(without)(titled('writes to a volume', without), () => {
  let shelf: Shelf;
  let directory: string;
  let proxy: EngineProxy;
  beforeEach(async () => {
    shelf = new Shelf(inject('dockerHost'));
    directory = mkdtempSync(join(tmpdir(), 'taskport-proxy-'));
    proxy = await EngineProxy.start(inject('dockerHost').replace('unix://', ''), join(directory, 'socket'));
    base = shelf.offer(VOLUME, await archiveOf({ kept: 'x' }));
  });
  afterEach(async () => {
    await proxy.stop();
    await shelf.close();
    rmSync(directory, { recursive: true });
  });

  let base: ReturnType<Shelf['offer']>;
  const volumeOf = (attachment: string, checksum = base.checksum): WrittenVolume => ({
    ...{ executorId: EXECUTOR, volumeId: VOLUME, attachment, base: checksum as string },
  });
  const attach = async (
    { attachment, base: checksum }: WrittenVolume,
    storage: DockerStorage,
    claimed: readonly string[] = [],
  ) => {
    const layer = { id: VOLUME, checksum: checksum as `sha256:${string}` };
    const wanted = { storage: [{ ...at('/mnt', VOLUME, layer), attachment }] };
    const [mount] = await storage.prepare(attemptOf(1), wanted, {
      ...{ abort: new AbortController().signal, claimed },
    });
    return shelf.placeOf(mount);
  };
  /**
   * Runs an action by a runner that is killed at its next call, or loses its answer, one call after another, until the action completes
   * undisturbed. A kill after a call that only reads leaves the same as a kill before it, and is left out.
   */
  const atEachCall = async (
    work: (storage: DockerStorage) => Promise<unknown>,
    after: () => Promise<void>,
    before: () => Promise<void>,
  ): Promise<number> => {
    let previous = '';
    for (let nth = 1; ; nth += 1) {
      let made = 0;
      let present = '';
      for (const fate of FATES) {
        if (fate === 'gone' && previous.startsWith('GET ')) continue;
        await before();
        proxy.isGone = false;
        let count = 0;
        proxy.fate = (call) => {
          count += 1;
          if (count === nth) present = call;
          if (fate === 'lose') return count === nth ? 'lose' : 'pass';
          return count < nth ? 'pass' : 'gone';
        };
        await work(shelf.another(proxy.docker)).catch(() => {});
        made = Math.max(made, count);
        proxy.fate = () => 'pass';
        await after();
        await shelf.clear();
      }
      if (nth > made) return nth;
      previous = present;
    }
  };

  it('start from a complete copy, even if an earlier one was not finished', async () => {
    const volume = volumeOf('one');
    const calls = await atEachCall(
      (storage) => attach(volume, storage),
      async () => {
        const place = await attach(volume, shelf.another());
        expect(readFileSync(join(place, 'kept'), 'utf8')).toBe('x');
        expect(await shelf.save(volume, shelf.another())).toMatchObject({ outcome: 'unchanged' });
        expect((await shelf.another().writes.written()).map(({ attachment }) => attachment)).toEqual(['one']);
      },
      async () => {},
    );
    expect(calls).toBeGreaterThan(8);
  }, 300_000);

  it('are saved by the next runner, and found by a task, at any point of a kill', async () => {
    const volume = volumeOf('one');
    const calls = await atEachCall(
      (storage) => shelf.save(volume, storage),
      async () => {
        const { outcome, sent } = await shelf.save(volume, shelf.another());
        expect(outcome).toBe('sent');
        expect(sent.includes('new')).toBe(true);
        const place = await attach(volume, shelf.another(), ['one']);
        expect(readFileSync(join(place, 'new'), 'utf8')).toBe('new');
      },
      async () => writeFileSync(join(await attach(volume, shelf.storage), 'new'), 'new', { flag: 'w' }),
    );
    expect(calls).toBeGreaterThan(4);
  }, 300_000);

  it('are the data with which the next attachment starts, after they are settled', async () => {
    const volume = volumeOf('one');
    let checksum = '';
    let place = '';
    await atEachCall(
      (storage) => storage.writes.settle(volume, checksum),
      async () => {
        await shelf.another().writes.settle(volume, checksum);
        expect(await shelf.another().writes.written()).toEqual([]);
        shelf.fetched = [];
        const next = volumeOf('two', checksum as `sha256:${string}`);
        expect(await attach(next, shelf.another())).toBe(place);
        expect(shelf.fetched).toEqual([]);
        expect(await shelf.save(next, shelf.another())).toMatchObject({ outcome: 'unchanged' });
      },
      async () => {
        place = await attach(volume, shelf.storage);
        writeFileSync(join(place, 'new'), 'new');
        const { sent } = await shelf.save(volume);
        checksum = `sha256:${createHash('sha256').update(sent).digest('hex')}`;
      },
    );
  }, 300_000);

  it('are removed completely when they are discarded', async () => {
    const volume = volumeOf('one');
    await atEachCall(
      (storage) => storage.writes.settle(volume),
      async () => {
        await shelf.another().writes.settle(volume);
        expect(await shelf.left()).toEqual({ volumes: [], containers: [] });
      },
      async () => writeFileSync(join(await attach(volume, shelf.storage), 'new'), 'new'),
    );
  }, 300_000);

  it('are saved although containers with them never started; only containers of a runner are removed', async () => {
    await shelf.open();
    const volume = volumeOf('one');
    writeFileSync(join(await attach(volume, shelf.storage), 'new'), 'new');
    const [Source = ''] = (await shelf.left()).volumes.filter((name) => name.startsWith('taskport-volume-'));
    const create = (Labels: Record<string, string>) =>
      shelf.docker.createContainer({
        Image: shelf.image,
        Cmd: ['true'],
        Labels,
        HostConfig: { Mounts: [{ Type: 'volume', Source, Target: '/mnt' }] },
      });
    const byHand = await create({ 'by.hand': 'yes' });
    try {
      await create(labelsOf(shelf.scope, { kind: 'task' }));
      expect(await shelf.save(volume)).toMatchObject({ outcome: 'sent' });
      expect((await shelf.left()).containers).toEqual([]);
      expect((await byHand.inspect()).State.Status).toBe('created');
    } finally {
      await byHand.remove();
    }
  });

  it('that somebody deleted by hand do not count as unwritten', async () => {
    const volume = volumeOf('one');
    const place = await attach(volume, shelf.storage);
    writeFileSync(join(place, 'new'), 'new');
    const { volumes } = await shelf.left();
    for (const name of volumes.filter((each) => each.startsWith('taskport-volume-')))
      await shelf.docker.getVolume(name).remove();
    expect(await shelf.save(volume)).toMatchObject({ outcome: 'absent' });
    await expect(attach(volume, shelf.another(), ['one'])).rejects.toThrow('are gone from this engine');
    await shelf.storage.writes.settle(volume);
    expect((await shelf.left()).volumes).toEqual([]);
  });
});
