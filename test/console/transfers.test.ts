import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { someArchive } from '../uploading.ts';
import { checksumOf } from '../workflows/layer.ts';
import { type Console, startConsole, withoutChromium } from './browser.ts';
import { dropFile } from './dropping.ts';

const without = withoutChromium();

describe.skipIf(without !== undefined)(titled('data by the console', without), () => {
  let shown: Console;
  beforeAll(async () => {
    shown = await startConsole();
    await shown.taskport.locations.create({ name: 'library', kind: 'image' });
  }, 120_000);
  afterAll(() => shown.stop());

  it('a file that is dropped is sent with its progress told, and comes out as it went in', async () => {
    const bytes = await someArchive(24 * 2 ** 20);
    const { page, complaints } = await shown.open('#/new-element/library');
    await page.getByLabel('name (required)').fill('dropped');
    await dropFile(page, page.locator('.drop'), 'layer.tar', bytes);
    await page.getByText('layer.tar, 24.0 MiB').waitFor();
    await page.getByRole('button', { name: 'Create image' }).click();
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('heading', { name: 'dropped', exact: true }).waitFor();
    const element = await shown.taskport.elements.read('image://library/dropped');
    expect(element).toMatchObject({ state: 'ready', checksum: checksumOf(bytes), size: bytes.length });

    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download data' }).click();
    const path = await (await downloading).path();
    expect(checksumOf(readFileSync(path))).toBe(checksumOf(bytes));
    expect(complaints).toEqual([]);
  });

  it('what a volume holds is replaced', async () => {
    const { locations, data, elements } = shown.taskport;
    await locations.create({ name: 'disks', kind: 'volume' });
    await data.upload({ id: 'volume://disks/one' }, await someArchive());
    const bytes = await someArchive(5_000);
    const { page } = await shown.open('#/element/volume/disks/one');
    await page.getByText('Replace the data').click();
    await page
      .getByLabel('Data', { exact: true })
      .setInputFiles({ name: 'a.tar', mimeType: 'application/x-tar', buffer: Buffer.from(bytes) });
    await page.getByRole('button', { name: 'Replace', exact: true }).click();
    await page.getByText(checksumOf(bytes)).waitFor();
    expect(await elements.read('volume://disks/one')).toMatchObject({
      state: 'ready',
      checksum: checksumOf(bytes),
    });
  });

  it('data that is refused says why, and what is no archive is not taken', async () => {
    const { page } = await shown.open('#/new-element/library');
    await page.getByLabel('name (required)').fill('text');
    await page
      .getByLabel('Data', { exact: true })
      .setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('no archive') });
    await page.getByRole('button', { name: 'Create image' }).click();
    await page.getByText('unsupported-data-format').first().waitFor();
  });
});
