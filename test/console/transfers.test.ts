import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startHost } from '../../infra/local/host.ts';
import { titled } from '../bundle.ts';
import { someArchive } from '../uploading.ts';
import { checksumOf } from '../workflows/layer.ts';
import { type Console, startConsole, withoutChromium } from './browser.ts';
import { dropFile } from './dropping.ts';

const without = withoutChromium();
const MIB = 2 ** 20;

// Real parts are gigabytes, which a browser in a test would read for a minute.
vi.mock('../../lib/element/upload/upload.ts', async (original) => ({
  ...(await original<object>()),
  S3_LIMITS: { singlePut: 6 * 2 ** 20, part: 2 * 2 ** 20 },
}));

describe.skipIf(without !== undefined)(titled('transfers of data in the console', without), () => {
  let shown: Console;
  beforeAll(async () => {
    shown = await startConsole(startHost);
    await shown.taskport.locations.create({ name: 'library', kind: 'image' });
  });
  afterAll(() => shown.stop());

  it('a dropped file is sent with its progress, and downloads unchanged', async () => {
    const bytes = await someArchive(5 * MIB);
    const { page, complaints } = await shown.open('#/new-element/library');
    await page.getByLabel('name (required)').fill('dropped');
    await dropFile(page, page.locator('.drop'), 'layer.tar', bytes);
    await page.getByText('layer.tar, 5.0 MiB').waitFor();
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

  it('a large file goes in parts, with new signatures for expired requests', async () => {
    const bytes = await someArchive(7 * MIB);
    const { page, complaints } = await shown.open('#/new-element/library');
    // The store refuses expired requests; the test does not wait for that.
    let isRenewed = false;
    await page.route('**/data/upload', (route) => {
      isRenewed = true;
      return route.continue();
    });
    const headers = { 'access-control-allow-origin': '*' };
    await page.route(/partNumber=2/, (route) =>
      isRenewed ? route.continue() : route.fulfill({ status: 403, headers }),
    );
    const sent: (string | null)[] = [];
    page.on('requestfinished', (request) => {
      const { searchParams } = new URL(request.url());
      if (request.method() === 'PUT') sent.push(searchParams.get('partNumber'));
    });
    await page.getByLabel('name (required)').fill('parted');
    await page
      .getByLabel('Data', { exact: true })
      .setInputFiles({ name: 'a.tar', mimeType: 'application/x-tar', buffer: Buffer.from(bytes) });
    await page.getByRole('button', { name: 'Create image' }).click();
    await page.getByRole('heading', { name: 'parted', exact: true }).waitFor();
    // Several parts are sent at a time.
    expect(sent.toSorted()).toEqual(['1', '2', '2', '3', '4']);
    expect(await shown.taskport.elements.read('image://library/parted')).toMatchObject({
      state: 'ready',
      checksum: checksumOf(bytes),
      size: bytes.length,
    });
    expect(complaints).toEqual([]);
  });

  it('data is sent again if the store takes it and does not answer', async () => {
    const bytes = await someArchive(5 * MIB);
    const { page } = await shown.open('#/new-element/library');
    await page.clock.install();
    let sent = 0;
    await page.route(/X-Amz-Signature/, (route) => {
      sent += 1;
      return sent === 1 ? undefined : route.continue();
    });
    await page.getByLabel('name (required)').fill('stalled');
    await page
      .getByLabel('Data', { exact: true })
      .setInputFiles({ name: 'a.tar', mimeType: 'application/x-tar', buffer: Buffer.from(bytes) });
    await page.getByRole('button', { name: 'Create image' }).click();
    await expect.poll(() => sent).toBe(1);
    await page.clock.fastForward(61_000);
    await page.getByRole('heading', { name: 'stalled', exact: true }).waitFor();
    expect(sent).toBe(2);
  });

  it('the data of a volume is replaced', async () => {
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

  it('refused data shows the reason, and a file that is no archive is not accepted', async () => {
    const { page } = await shown.open('#/new-element/library');
    await page.getByLabel('name (required)').fill('text');
    await page
      .getByLabel('Data', { exact: true })
      .setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('no archive') });
    await page.getByRole('button', { name: 'Create image' }).click();
    await page.getByText('unsupported-data-format').first().waitFor();
  });
});
