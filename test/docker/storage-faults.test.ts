/** The fate of storage on an engine if a runner is killed, answers are lost, or there is no room. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ComposedLayer } from '../../lib/composition/plan/composed-container.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { archiveOf } from '../busybox.ts';
import { withoutDocker } from './dockerd.ts';
import { EngineProxy } from './engine-proxy.ts';
import { at, attemptOf, Shelf } from './shelf.ts';

const without = withoutDocker();
const VOLUME = 'volume://data/documents';

const socket = (): string => inject('dockerHost').replace('unix://', '');
const forEver = { abort: new AbortController().signal };

describe.skipIf(without)(titled('storage of an engine', without), () => {
  let shelf: Shelf;
  let directory: string;
  let data: ComposedLayer;
  const proxies: EngineProxy[] = [];
  beforeEach(async () => {
    shelf = new Shelf(inject('dockerHost'));
    directory = mkdtempSync(join(tmpdir(), 'taskport-proxy-'));
    data = shelf.offer(VOLUME, await archiveOf({ large: Buffer.alloc(3 * 2 ** 20, 'x'), small: 'x' }));
  });
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.stop();
    await shelf.close();
    rmSync(directory, { recursive: true });
  });

  const parts = () => ({ storage: [at('/mnt', VOLUME, data)] });
  /** Prepares through a proxy, and answers the error. */
  const prepareBy = async (fate: EngineProxy['fate']): Promise<unknown> => {
    const proxy = await EngineProxy.start(socket(), join(directory, String(proxies.length)));
    proxies.push(proxy);
    proxy.fate = fate;
    return shelf
      .another(proxy.docker)
      .prepare(attemptOf(1), parts(), forEver)
      .then(
        () => undefined,
        (error) => error,
      );
  };
  /** An existing volume is complete. */
  const expectWhole = async (): Promise<void> => {
    const [mount] = await shelf.another().prepare(attemptOf(2), parts(), forEver);
    const place = await shelf.placeOf(mount);
    expect(readdirSync(place)).toEqual(['large', 'small']);
    expect(statSync(join(place, 'large')).size).toBe(3 * 2 ** 20);
    expect(await shelf.left()).toEqual({ volumes: [mount?.Source], containers: [] });
  };

  it('starts again what a killed runner left unfinished, at any point', async () => {
    for (let last = 1; ; last += 1) {
      const error = await prepareBy((call, count) =>
        count < last ? 'pass' : call.startsWith('PUT') ? 'gone in the middle' : 'gone',
      );
      if (error === undefined) break;
      expect(error).toBeInstanceOf(LaunchError);
      if (last % 2 === 0) await shelf.another().prune(2 ** 40);
      await expectWhole();
      await shelf.clear();
    }
    // One of the kills was in the middle of the data.
    expect(
      proxies.flatMap(({ calls }) => calls.slice(-1)).filter((call) => call.startsWith('PUT')),
    ).toHaveLength(1);
  });

  it('is unaffected by a lost answer', async () => {
    for (let lost = 1, calls = 1; lost <= calls; lost += 1) {
      expect(await prepareBy((_, count) => (count === lost ? 'lose' : 'pass'))).toBeUndefined();
      calls = proxies.at(-1)?.calls.length ?? 0;
      await expectWhole();
      await shelf.clear();
    }
  });

  it('removes volumes that no process fills any more', async () => {
    await prepareBy((call) => (call.startsWith('PUT') ? 'gone in the middle' : 'pass'));
    const { volumes, containers } = await shelf.left();
    expect([volumes.length, containers.length]).toEqual([2, 1]);
    expect(await shelf.another().remains()).toEqual([]);
    await shelf.another().prune(2 ** 40);
    expect(await shelf.left()).toEqual({ volumes: [], containers: [] });
  });

  it('leaves nothing after an abort', async () => {
    const abort = new AbortController();
    shelf.onFetch = () => abort.abort(new Error('no more'));
    await expect(shelf.storage.prepare(attemptOf(1), parts(), { abort: abort.signal })).rejects.toThrow(
      'no more',
    );
    expect(await shelf.left()).toEqual({ volumes: [], containers: [] });
  });

  it('fetches once for several waiting callers, as long as one of them waits', async () => {
    const abort = new AbortController();
    const done: number[] = [];
    const others: Promise<unknown>[] = [];
    shelf.onFetch = async () => {
      const onProgress = ({ done: bytes }: { readonly done: number }): void => void done.push(bytes);
      others.push(shelf.storage.prepare(attemptOf(2), parts(), { ...forEver, onProgress }));
      abort.abort(new Error('no more'));
    };
    const first = shelf.storage.prepare(attemptOf(1), parts(), { abort: abort.signal });
    await expect(first).rejects.toThrow('no more');
    await Promise.all(others);
    expect(shelf.fetched).toEqual([VOLUME]);
    expect(done.at(-1)).toBe(data.size);
    await expectWhole();
  });
});
