/** Follows the instructions on images and volumes, and checks their results. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { checksumOf } from '../workflows/layer.ts';
import { keepScreenshot } from './browser.ts';
import type { Newcomer, Stories } from './newcomer.ts';

/** Runs a documented command with real files in `directory`, and answers the archive. */
const runPacking = (command: string): Uint8Array => {
  const where = mkdtempSync(join(tmpdir(), 'taskport-packed-'));
  try {
    cpSync(resolve(import.meta.dirname, '../../docs/adr'), join(where, 'directory'), { recursive: true });
    execFileSync('sh', ['-c', command], { cwd: where });
    return readFileSync(join(where, 'data.tgz'));
  } finally {
    rmSync(where, { recursive: true });
  }
};

/** Opens the form of a new element, fills it in and submits it. */
const create = async (
  { goTo, press, fill }: Newcomer,
  location: string,
  kind: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> => {
  await goTo(location);
  await press('New element');
  await fill(fields);
  await press(`Create ${kind}`);
};

const exports = { server: 'files.example.com', path: '/exports/shares' } as const;

export const elementStories: Stories = {
  'To create a location': async ({ press, fill, arriveAt, readFact }, { locations }) => {
    await press('Locations', 'New location');
    await fill({ Name: 'images', Kind: 'image' });
    await press('Create location');
    await arriveAt('images');
    expect(await readFact('policy')).toBe('read-write');
    expect(await locations.read('images')).toMatchObject({ kind: 'image', type: 's3' });
  },

  'image-with-scratch-parent': async (newcomer, { locations, elements }) => {
    await locations.create({ name: 'scratch-images', kind: 'image' });
    const { goTo, press, fill, drop, see, arriveAt, readFact, run } = newcomer;
    await goTo('scratch-images');
    await press('New element');
    await fill({ Name: 'base' });
    const archive = run(runPacking, 'tar -czf data.tgz -C directory .');
    await drop('Data', archive);
    await press('Create image');
    await arriveAt('base');
    expect(await readFact('state')).toBe('ready');
    expect(await readFact('parent')).toBe('scratch:');
    expect(await readFact('checksum')).toBe(checksumOf(archive));
    expect(await elements.read('image://scratch-images/base')).toMatchObject({
      state: 'ready',
      checksum: checksumOf(archive),
    });
    await create(newcomer, 'scratch-images', 'image', { Name: 'base' });
    await see('name-collision');
  },

  'image-with-specific-parent': async (newcomer, { locations, elements }) => {
    await locations.create({ name: 'layers', kind: 'image' });
    await elements.create({ id: 'image://layers/parent' });
    await create(newcomer, 'layers', 'image', { Name: 'child', 'Parent ID': 'layers/parent' });
    const { page, press, arriveAt, readFact } = newcomer;
    await arriveAt('child');
    expect(await readFact('parent')).toBe('layers/parent');
    await press('Lineage');
    await arriveAt('Lineage of child');
    const family = page.getByRole('group', { name: 'Lineage, the oldest first' }).getByRole('link');
    await expect.poll(() => family.allInnerTexts()).toHaveLength(2);
    expect(await family.locator('title').allTextContents()).toEqual([
      'image://layers/parent',
      'image://layers/child',
    ]);
    expect(await elements.read('image://layers/child')).toMatchObject({ parentId: 'image://layers/parent' });
  },

  'metadata-only-image': async ({ page, goTo, press, fill, arriveAt }, { locations, elements }) => {
    await locations.create({ name: 'registry', kind: 'image' });
    await goTo('registry');
    await press('New element');
    await fill({ Name: 'alpine' });
    await press('Metadata', 'Add to read-only (ro)');
    await fill({ 'Key 1': 'registry/image', 'Value 1': 'docker.io/library/alpine:3.20' });
    await press('Create image');
    await arriveAt('alpine');
    await page.getByRole('row', { name: 'registry/image docker.io/library/alpine:3.20' }).waitFor();
    const { metadata, checksum } = await elements.read('image://registry/alpine');
    expect(metadata?.ro).toEqual({ 'registry/image': 'docker.io/library/alpine:3.20' });
    expect(checksum).toBeUndefined();
  },

  'fresh-volume': async (newcomer, { locations, elements }) => {
    await locations.create({ name: 'disks', kind: 'volume', capacity: 2 ** 20 });
    await create(newcomer, 'disks', 'volume', { Name: 'scratch', 'Free space': '65536' });
    await newcomer.arriveAt('scratch');
    expect(await newcomer.readFact('free space')).toBe('64.0 MiB (65,536 KiB)');
    expect(await elements.read('volume://disks/scratch')).toMatchObject({ capacity: 65_536, state: 'ready' });
    await create(newcomer, 'disks', 'volume', { Name: 'greedy', 'Free space': '2000000' });
    await newcomer.see('insufficient-space');
  },

  'volume-from-parent': async (newcomer, { locations, elements }) => {
    await locations.create({ name: 'databases', kind: 'volume' });
    await locations.create({ name: 'seeds', kind: 'image' });
    await elements.create({ id: 'image://seeds/empty-db' });
    const parents = { main: 'image://seeds/empty-db', copy: 'volume://databases/main' };
    for (const [name, parentId] of Object.entries(parents)) {
      await create(newcomer, 'databases', 'volume', { Name: name, 'Parent ID': parentId });
      await newcomer.arriveAt(name);
      expect(await newcomer.readFact('parent')).toBe(parentId.replace(/^.*:\/\//, ''));
    }
    expect((await elements.lineage('volume://databases/copy')).items.map(({ id }) => id)).toEqual([
      'volume://databases/main',
      'image://seeds/empty-db',
    ]);
  },

  'nfs-volume': async (newcomer, { locations, elements }) => {
    const { page, press, fill, arriveAt, readFact } = newcomer;
    await press('Locations', 'New location');
    await fill({ Name: 'shares', Kind: 'volume', Type: 'nfs' });
    await press('NFS');
    await fill({ Server: exports.server, Path: exports.path });
    await press('Create location');
    await arriveAt('shares');
    expect(await readFact('kept in')).toBe('NFS files.example.com:/exports/shares');
    await press('New element');
    await fill({ Name: 'home' });
    // The form does not offer fields that the service would refuse.
    expect(await page.getByLabel('Data', { exact: true }).count()).toBe(0);
    expect(await page.getByLabel('Free space').count()).toBe(0);
    await press('Create volume');
    await arriveAt('home');
    expect(await readFact('state')).toBe('ready');
    expect(await page.getByText('Replace the data').count()).toBe(0);
    expect(await locations.read('shares')).toMatchObject({ type: 'nfs', nfs: exports });
    expect(await elements.read('volume://shares/home')).toMatchObject({ state: 'ready' });
  },

  'nfs-volume-from-parent': async (newcomer, { locations, elements }) => {
    await locations.create({ name: 'exports', kind: 'volume', type: 'nfs', nfs: exports });
    await locations.create({ name: 'originals', kind: 'volume' });
    await elements.create({ id: 'volume://originals/one' });
    await create(newcomer, 'exports', 'volume', { Name: 'two', 'Parent ID': 'volume://originals/one' });
    await newcomer.see('invalid-parent');
    await keepScreenshot(newcomer.page, 'nfs-volume-refused');
    await expect(elements.read('volume://exports/two')).rejects.toMatchObject({ code: 'not-found' });
  },

  'listing-specific-images': async ({ page, goTo, press, fill, arriveAt }, { locations, elements }) => {
    await press('Locations', 'New location');
    await fill({ Name: 'catalogue', Kind: 'image' });
    await press('Indexed keys', 'Add to indexed keys');
    await fill({ 'Indexed keys 1': 'ro.os' });
    await press('Add to indexed keys');
    await fill({ 'Indexed keys 2': 'rw.channel' });
    await press('Create location');
    await arriveAt('catalogue');
    expect((await locations.read('catalogue')).indexed).toEqual(['ro.os', 'rw.channel']);
    for (const [name, os, channel] of [
      ['alpine', 'linux', 'stable'],
      ['arch', 'linux', 'edge'],
      ['windows', 'windows', 'stable'],
    ] as const) {
      await elements.create({ id: `image://catalogue/${name}`, metadata: { ro: { os }, rw: { channel } } });
    }
    await goTo('catalogue');
    const rows = page.getByRole('table').getByRole('row');
    await expect.poll(() => rows.count()).toBe(4);
    await fill({ Field: 'ro.os', is: 'linux' });
    await press('Filter');
    await expect.poll(() => rows.count()).toBe(3);
    await page.getByRole('row', { name: 'alpine without data ro.os=linux, rw.channel=stable' }).waitFor();
    await page.getByRole('row', { name: /^arch / }).waitFor();
    await fill({ 'Name begins with': 'al' });
    await press('Filter');
    await expect.poll(() => rows.count()).toBe(2);
  },

  'image-with-freespace': async (newcomer, { locations, elements }) => {
    await locations.create({ name: 'sized', kind: 'image' });
    await elements.create({ id: 'image://sized/base', freeSpace: 1024 });
    await create(newcomer, 'sized', 'image', {
      Name: 'roomy',
      'Parent ID': 'image://sized/base',
      'Free space': '1025',
    });
    await newcomer.arriveAt('roomy');
    expect(await newcomer.readFact('capacity')).toBe('1.0 MiB (1,025 KiB)');
    expect(await newcomer.readFact('resized from')).toBe('1.0 MiB (1,024 KiB)');
    expect(await elements.read('image://sized/roomy')).toMatchObject({ capacity: 1025, resizedFrom: 1024 });
  },
};
