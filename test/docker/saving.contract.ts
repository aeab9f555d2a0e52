/** A written volume differs from an unwritten one, and is the same after unpacking. */
import { createHash } from 'node:crypto';
import { lstatSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFacts } from '../../cli/docker/reach-engine.ts';
import type { ComposedLayer } from '../../lib/composition/plan/composed-container.ts';
import type { WrittenVolume } from '../../lib/execution/engine.ts';
import { archiveOf } from '../busybox.ts';
import { type DescribedTree, describeTrees } from './described-tree.ts';
import { CHANGES, CHANGES_HERE } from './saving-changes.ts';
import { at, EXECUTOR, Shelf } from './shelf.ts';

const VOLUME = 'volume://data/documents';
const PARENT = 'volume://data/parent';

/** A tree with the times of another, if they differ by at most this many nanoseconds. */
const timedAs = (tree: DescribedTree, other: DescribedTree, most: number): DescribedTree =>
  Object.fromEntries(
    Object.entries(tree).map(([path, file]) => {
      const modified = other[path]?.modified ?? '';
      const isNear = Math.abs(Number(BigInt(file.modified) - BigInt(modified || 0))) <= most;
      return [path, isNear ? { ...file, modified } : file];
    }),
  );

/** The initial files of a volume, by path. */
const FILLED = ['', 'kept', 'kept/one', 'below', 'below/own'];

/** A tree without what Podman's API does not report: the owners of new files, and the root, which Podman changes itself. */
const withoutUntold = (tree: DescribedTree): object =>
  Object.fromEntries(
    Object.entries(tree).flatMap(([path, { owner, ...file }]) => {
      if (path === '') return [];
      return [[path, FILLED.includes(path) ? { ...file, owner } : file]];
    }),
  );

export const describeSaving = (
  name: EngineFacts['name'],
  where: 'here' | 'there',
  open: () => Promise<{ readonly host: string; stop(): Promise<void> }>,
): void => {
  describe(`writes to a volume of ${name} that is ${where}`, () => {
    let engine: Awaited<ReturnType<typeof open>>;
    let shelf: Shelf;
    let parent: ComposedLayer;
    let own: ComposedLayer;
    let ownBytes: Buffer;
    beforeAll(async () => {
      engine = await open();
      shelf = new Shelf(engine.host, name, where);
      await shelf.open();
      parent = shelf.offer(PARENT, await archiveOf({ 'from-parent': 'x', 'below/parent': 'x' }));
      ownBytes = await archiveOf({
        './': { type: 'directory', mode: 0o711, uid: 7, gid: 8 },
        'kept/': { type: 'directory', mode: 0o755 },
        'kept/one': { mode: 0o644, size: 0 },
        'below/own': 'x',
      });
      own = shelf.offer(VOLUME, ownBytes);
    }, 120_000);
    afterAll(async () => {
      await shelf?.close();
      await engine?.stop();
    });

    let attachments = 0;
    /** A volume that is filled for an attachment: its path, and its mount. */
    const attach = async (...layers: ComposedLayer[]) => {
      attachments += 1;
      const attachment = `attachment-${attachments}`;
      const checksum = layers.find(({ id }) => id === VOLUME)?.checksum;
      const volume: WrittenVolume = {
        ...{ executorId: EXECUTOR, volumeId: VOLUME, attachment },
        ...(checksum ? { base: checksum } : {}),
      };
      const storage = { ...at('/mnt', VOLUME, ...layers), attachment };
      const mounts = await shelf.prepare([storage]);
      return { volume, mounts, place: await shelf.placeOf(mounts[0]) };
    };
    /** The files of data unpacked over its ancestors, on an engine without the volume. */
    const filledWith = async (bytes: Buffer, below: readonly ComposedLayer[]): Promise<DescribedTree> => {
      const other = new Shelf(engine.host, name);
      const parents = below.map((layer) => other.offer(layer.id, parentBytes));
      const layer = other.offer(VOLUME, bytes);
      try {
        const [mount] = await other.prepare([at('/mnt', VOLUME, ...parents, layer)]);
        return describeTrees(await other.placeOf(mount))[0] as DescribedTree;
      } finally {
        await other.close();
      }
    };
    let parentBytes: Buffer;
    beforeAll(async () => {
      parentBytes = await archiveOf({ 'from-parent': 'x', 'below/parent': 'x' });
    });

    // Podman rounds times when it unpacks, keeps no access lists, and reports no owners.
    const precision = where === 'there' ? 1e9 : name === 'Podman' ? 1e3 : 0;
    const untold = name === 'Docker' ? [] : ['an access list alone'];
    if (name === 'Podman' && where === 'there') untold.push('an owner alone');
    const all = Object.entries(where === 'here' ? { ...CHANGES, ...CHANGES_HERE } : CHANGES);
    const told = all.filter(([change]) => !untold.includes(change));
    describe('include', () => {
      const attached: Awaited<ReturnType<typeof attach>>[] = [];
      beforeAll(async () => {
        for (const _ of told) attached.push(await attach(own));
        // They were mounted, and a task has read all of them.
        const all = attached.flatMap(({ mounts }, number) =>
          mounts.map((mount) => ({ ...mount, Target: `/mnt/${number}` })),
        );
        await shelf.run('find /mnt; cat /mnt/*/kept/one', all);
      });

      const numbered = told.map(([what, change], number) => [what, change, number] as const);
      it.each(numbered)('%s', async (_, change, number) => {
        const { volume, place } = attached[number] as (typeof attached)[number];
        change(place);
        const before = describeTrees(place)[0] as DescribedTree;
        const { outcome, sent, said } = await shelf.save(volume);
        const unnamed = said.filter((line) => !line.includes('they get those of their directories'));
        expect([outcome, unnamed]).toEqual(['sent', []]);
        const after = await filledWith(sent, []);
        const timed = timedAs(after, before, precision);
        const isAllTold = name === 'Docker' || where === 'here';
        if (isAllTold) expect(timed).toEqual(before);
        else expect(withoutUntold(timed)).toEqual(withoutUntold(before));
        await shelf.storage.writes.settle(volume);
      });
    });

    it('are absent if tasks only read, with any number of mounts and starts', async () => {
      for (const layers of [[own], [], [parent, own]]) {
        const { volume, mounts } = await attach(...layers);
        await shelf.run('find /mnt; cat /mnt/kept/one', mounts);
        await shelf.run('ls -R /mnt', mounts);
        expect(await shelf.save(volume)).toMatchObject({ outcome: 'unchanged' });
        await shelf.storage.writes.settle(volume, volume.base);
      }
    });

    it('leave nothing of removed files of ancestors', async () => {
      const { volume, place } = await attach(parent, own);
      rmSync(join(place, 'from-parent'));
      rmSync(join(place, 'below/parent'));
      const before = describeTrees(place)[0] as DescribedTree;
      const { sent } = await shelf.save(volume);
      const after = await filledWith(sent, [parent]);
      expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
      await shelf.storage.writes.settle(volume);
    });

    it('are reported by name if no archive can contain them', async () => {
      const { volume, mounts, place } = await attach(own);
      await shelf.run(
        'echo x > /mnt/.wh.kept; echo x > /mnt/kept/.wh..wh..opq; mknod /mnt/gone c 0 0',
        mounts,
      );
      const { said, sent } = await shelf.save(volume);
      expect([...said].filter((line) => !line.includes('they get those')).sort()).toEqual([
        'left out: .wh.kept has a name that starts with `.wh.`, which removes a file when an archive is unpacked',
        'left out: gone is the device 0:0, which removes a file when an archive is unpacked',
        'left out: kept/.wh..wh..opq has a name that starts with `.wh.`, which removes a file when an archive is unpacked',
      ]);
      const after = await filledWith(sent, []);
      expect(after).toHaveProperty('kept/one');
      expect(lstatSync(join(place, '.wh.kept')).isFile()).toBe(true);
      await shelf.storage.writes.settle(volume);
    });

    it('are not sent if they would need more space than there is, and stay', async () => {
      const { volume, place } = await attach(own);
      writeFileSync(join(place, 'sparse'), '');
      truncateSync(join(place, 'sparse'), 2 ** 40);
      await expect(shelf.save(volume)).rejects.toMatchObject({ name: 'SaveError', code: 'too-large' });
      expect(statSync(join(place, 'sparse')).size).toBe(2 ** 40);
      truncateSync(join(place, 'sparse'), 1);
      expect(await shelf.save(volume)).toMatchObject({ outcome: 'sent' });
      await shelf.storage.writes.settle(volume);
    });

    it('are the start of the next attachment, on any runner, without a download', async () => {
      const { volume, place } = await attach(own);
      writeFileSync(join(place, 'new'), 'new');
      const { sent } = await shelf.save(volume);
      const checksum = `sha256:${createHash('sha256').update(sent).digest('hex')}` as const;
      await shelf.another().writes.settle(volume, checksum);
      shelf.fetched = [];
      const next = await attach({ id: VOLUME, checksum });
      expect([next.place, shelf.fetched]).toEqual([place, []]);
      expect(await shelf.save(next.volume)).toMatchObject({ outcome: 'unchanged' });
      await shelf.storage.writes.settle(next.volume, checksum);
      // Somebody writes to it by hand, so it no longer has this data.
      writeFileSync(join(place, 'by-hand'), 'x');
      shelf.offer(VOLUME, sent);
      const last = await attach({ id: VOLUME, checksum });
      expect([last.place === place, shelf.fetched]).toEqual([false, [VOLUME]]);
      await shelf.storage.writes.settle(last.volume);
    });

    it('stay until they are saved, are pruned afterwards, and never if they are kept aside', async () => {
      shelf.offer(VOLUME, ownBytes);
      await shelf.clear();
      const names = async (): Promise<readonly string[]> => (await shelf.left()).volumes;
      const { volume, mounts, place } = await attach(own);
      writeFileSync(join(place, 'new'), 'new');
      const { sent } = await shelf.save(volume);
      await shelf.another().prune(0);
      expect(await names()).toContain(mounts[0]?.Source);
      await shelf.storage.writes.settle(volume, `sha256:${createHash('sha256').update(sent).digest('hex')}`);
      await shelf.another().prune(2 ** 40);
      expect(await names()).toContain(mounts[0]?.Source);
      await shelf.another().prune(0);
      expect(await names()).toEqual([]);
      const released = await attach(own);
      await shelf.storage.writes.setAside(released.volume);
      await shelf.another().prune(0);
      await shelf.another().writes.settle(released.volume);
      expect(await names()).toContain(released.mounts[0]?.Source);
      expect(await shelf.another().remains()).toEqual([]);
      await shelf.clear();
    });
  });
};
