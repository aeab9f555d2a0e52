import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { packLayer } from '../workflows/layer.ts';
import {
  type Console,
  expectAccessible,
  expectNoSidewaysScroll,
  keepScreenshot,
  startConsole,
  withoutChromium,
} from './browser.ts';
import { someRun } from './some-run.ts';

const without = withoutChromium();

/** Views by their names, each with a text that shows that it is complete. */
const views: Readonly<Record<string, { readonly path: string; readonly text: string }>> = {
  runs: { path: '', text: 'exit code 7' },
  'long words': { path: '#/element/executor/workers/unstarted', text: 'it stands in the way' },
  run: { path: '#/run/workers/broken/main', text: 'it warns' },
  'new-run': { path: '#/new-run', text: 'Start the run' },
  images: { path: '#/images', text: 'tools:1' },
  volumes: { path: '#/volumes', text: 'No location keeps volumes' },
  locations: { path: '#/locations', text: 'library' },
  location: { path: '#/location/library', text: '2 images' },
  element: { path: '#/element/image/library/base', text: 'docker pull' },
  task: { path: '#/element/task/jobs/nightly', text: 'process.args' },
  executor: { path: '#/element/executor/workers/broken', text: 'exit code 7' },
  lineage: { path: '#/lineage/image/library/base', text: 'In words' },
  composition: { path: '#/composition/executor/workers/one', text: 'read-only' },
  events: { path: '#/events', text: 'Following what happens' },
  'new-location': { path: '#/new-location', text: 'Create location' },
  'new-image': { path: '#/new-element/library', text: 'Create image' },
  'new-task': { path: '#/new-element/jobs', text: 'Create task' },
  refused: { path: '#/element/image/library/gone', text: 'There is no image gone' },
  nothing: { path: '#/what/is/this', text: 'leads nowhere' },
};

describe.skipIf(without !== undefined)(titled('the views of the console', without), () => {
  let shown: Console;
  beforeAll(async () => {
    shown = await startConsole();
    const { locations, elements, data, compositions, tags } = shown.taskport;
    await locations.create({ name: 'library', kind: 'image', capacity: 2 ** 20, indexed: ['ro.os'] });
    await locations.create({ name: 'jobs', kind: 'task' });
    await locations.create({ name: 'workers', kind: 'executor' });
    const { bytes } = await packLayer({ documents: 'docs/adr' });
    const metadata = { ro: { os: 'linux' }, rw: { tag: 'latest', seal: { base64: '/w==' } } };
    await data.upload({ id: 'image://library/base', metadata }, bytes);
    await elements.create({ id: 'image://library/tools', parentId: 'image://library/base' });
    const spec = { process: { args: ['/bin/true', '-v'], env: [{ name: 'A', value: 'b' }] } };
    await elements.create({ id: 'task://jobs/nightly', spec });
    await elements.create({ id: 'executor://workers/one' });
    const { handle } = await compositions.open('executor://workers/one');
    const joined = await compositions.join(handle, {
      id: 'image://library/base',
      mount: { path: '/', readOnly: true },
    });
    await compositions.join(joined.handle, { id: 'task://jobs/nightly' });
    await tags.set('image://library/tools:1', 'image://library/tools');
    const command = ['/bin/sh', '-c', 'while true; do echo all words of a command; sleep 1; done'];
    const unstarted = await someRun(shown.taskport, 'executor://workers/unstarted', 'image://library/base', {
      process: { args: command },
    });
    const launchError = `it stands in the way: ${'/a/path/without/an/end'.repeat(8)}`;
    await unstarted.report(1, 'failed', { launchError });
    const broken = await someRun(shown.taskport, 'executor://workers/broken', 'image://library/base');
    await broken.report(1, 'running');
    await broken.write(1, 'stdout', 'it has begun');
    await broken.write(1, 'stderr', 'it warns');
    await broken.report(1, 'exited', { exitCode: 7 });
  });
  afterAll(() => shown.stop());

  for (const [name, { path, text }] of Object.entries(views)) {
    it(`${name}: is accessible, light and dark, and has no errors`, async () => {
      const { page, complaints } = await shown.open(path);
      await page.getByText(text).first().waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await keepScreenshot(page, `${name}-${colorScheme}`);
        await expectAccessible(page);
      }
      expect(complaints).toEqual([]);
    });

    it(`${name}: fits screens of 320 and of 375 pixels`, async () => {
      const { page } = await shown.open(path, { width: 375 });
      await page.getByText(text).first().waitFor();
      await expectNoSidewaysScroll(page);
      await page.setViewportSize({ width: 320, height: 800 });
      await expectNoSidewaysScroll(page);
      await keepScreenshot(page, `${name}-narrow`);
      await expectAccessible(page);
    });
  }

  it('a run is waiting from the first second if no runner serves its location', async () => {
    const { executorId } = await someRun(shown.taskport, 'executor://workers/early', 'image://library/base');
    const { page } = await shown.open('#/what/is/this');
    // The run stays new, even on a slow machine.
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    await page.route(/\/v1\/(runs|elements|executors).*/, async (route) => {
      const answer = await route.fetch();
      const text = (await answer.text()).replaceAll(/"boundAt":"[^"]*"/g, `"boundAt":"${soon}"`);
      await route.fulfill({ response: answer, body: text });
    });
    const [, name] = /([^/]*)$/.exec(executorId) ?? [];
    await page.goto(`${shown.url}/#/run/workers/${name}/main`);
    await page.getByText('for a runner').waitFor();
    await page.getByText('No runner serves the location workers').waitFor();
    await page.goto(`${shown.url}/#/`);
    await page.getByRole('row', { name: /early/ }).getByText('waiting', { exact: true }).waitFor();
  });

  it('a user who leaves the list of runs before its next read causes no error', async () => {
    const { page, complaints } = await shown.open('');
    await page.getByText('exit code 7').first().waitFor();
    // The wait before a read never ends.
    await page.evaluate(`
      const set = window.setTimeout;
      window.setTimeout = (run, ms, ...more) => {
        if (ms === 300) window.isGathering = true;
        return set(run, ms === 300 ? 1e9 : ms, ...more);
      };
    `);
    await someRun(shown.taskport, 'executor://workers/late', 'image://library/base');
    await expect.poll(() => page.evaluate('window.isGathering === true'), PATIENCE).toBe(true);
    await page.goto(`${shown.url}/#/locations`);
    await page.getByRole('link', { name: 'library' }).waitFor();
    await page.waitForTimeout(0);
    expect(complaints).toEqual([]);
  });

  it('an image in a registry says so, and its runs show the name that people type', async () => {
    const id = 'image://library/alpine-3.20';
    const metadata = { ro: { 'registry/image': 'docker.io/library/alpine:3.20' } };
    await shown.taskport.elements.create({ id, metadata });
    const { report } = await someRun(shown.taskport, 'executor://workers/pulled', id);
    await report(1, 'failed', { launchError: 'something else' });
    const { page } = await shown.open('#/element/image/library/alpine-3.20');
    const glance = page.getByRole('region', { name: 'At a glance' });
    await glance.getByText('in a registry').waitFor();
    await glance.getByText('docker.io/library/alpine:3.20').waitFor();
    expect(await glance.getByText('parent', { exact: true }).count()).toBe(0);
    await page.getByRole('region', { name: 'Used by' }).getByText('failed').waitFor();
    await page.goto(`${shown.url}/#/images`);
    await page
      .getByRole('row', { name: 'alpine-3.20 docker.io/library/alpine:3.20 in a registry' })
      .waitFor();
    await page.goto(`${shown.url}/#/location/workers`);
    const row = page.getByRole('row', { name: /pulled/ });
    await row.getByText('failed').waitFor();
    await row.getByRole('link', { name: / ago$/ }).click();
    await page.getByText('alpine:3.20', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'Events' }).getByText('Failed to start').waitFor();
    expect(await page.getByRole('button', { name: 'Show plan' }).isVisible()).toBe(false);
    // A single attempt has no bar, which would compare it with nothing.
    await page.getByRole('button', { name: /^Attempt 1/ }).waitFor();
    expect(await page.locator('.track').count()).toBe(0);
  });
});
