import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameOfReference } from '../../client/registry-reference.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { checksumOf, packLayer } from '../workflows/layer.ts';
import { type Console, expectAccessible, keepScreenshot, startConsole, withoutChromium } from './browser.ts';
import { hasFocus, press, tabTo, type } from './keyboard.ts';
import { runOf, someRun } from './some-run.ts';

const without = withoutChromium();

describe.skipIf(without !== undefined)(titled('the console, from start to end', without), () => {
  let shown: Console;
  let layer: Buffer;
  beforeAll(async () => {
    shown = await startConsole();
    layer = Buffer.from((await packLayer({ documents: 'docs/adr' })).bytes);
  });
  afterAll(() => shown.stop());

  it('a first visit shows the next commands, to copy', async () => {
    const { page } = await shown.open();
    await page.getByRole('heading', { name: 'Nothing has run yet' }).waitFor();
    expect(await page.getByRole('button', { name: /^Copy / }).count()).toBe(3);
    // The copied command finds this service.
    await page.getByText(`TASKPORT_URL=${shown.url} npx taskport runner`).waitFor();
    // It breaks at blanks only, so that nobody reads `- -`.
    await page.setViewportSize({ width: 375, height: 800 });
    const heightOf = (word: string) =>
      page
        .getByText(word, { exact: true })
        .first()
        .evaluate((span) => span.getBoundingClientRect().height);
    expect(await heightOf('--')).toBe(await heightOf('npx'));
    expect(await heightOf('--executor-location')).toBe(await heightOf('npx'));
    await keepScreenshot(page, 'first-visit-narrow');
    await expectAccessible(page);
  });

  it('by keyboard alone, from an empty service to a bound task, with its events, and back', async () => {
    const { elements, locations, compositions } = shown.taskport;
    const { page, complaints } = await shown.open();
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const heading = page.getByRole('heading', { level: 1 });

    // A location.
    await press(page, page.getByRole('link', { name: 'Locations' }));
    await press(page, page.getByRole('link', { name: 'New location' }));
    await page.getByRole('heading', { name: 'New location' }).waitFor();
    // The focus of a new view is on its heading.
    expect(await hasFocus(heading)).toBe(true);
    await type(page, page.getByLabel('Name (required)'), 'library');
    await type(page, page.getByLabel('Kind (required)'), 'image');
    await press(page, button('Create location'));
    await page.getByRole('heading', { name: 'library', exact: true }).waitFor();
    expect(await locations.read('library')).toMatchObject({ kind: 'image', policy: 'read-write' });

    // An image, by upload.
    await press(page, page.getByRole('link', { name: 'New element' }));
    await type(page, page.getByLabel('Name (required)'), 'base');
    const chooser = page.waitForEvent('filechooser');
    await press(page, page.getByLabel('Data', { exact: true }));
    await (await chooser).setFiles({ name: 'base.tgz', mimeType: 'application/gzip', buffer: layer });
    await press(page, button('Create image'));
    await page.getByRole('heading', { name: 'base', exact: true }).waitFor();
    await page.getByText('ready', { exact: true }).waitFor();
    expect(await elements.read('image://library/base')).toMatchObject({
      state: 'ready',
      size: layer.length,
      checksum: checksumOf(layer),
    });

    // Its metadata.
    await press(page, page.getByText('Edit', { exact: true }));
    await press(page, button('Add to changeable (rw)'));
    await type(page, page.getByLabel('Key 1'), 'channel');
    await type(page, page.getByLabel('Value 1'), 'stable');
    await press(page, button('Save'));
    await page.getByRole('row', { name: 'channel stable' }).waitFor();
    expect((await elements.read('image://library/base')).metadata).toEqual({
      ro: {},
      rw: { channel: 'stable' },
    });

    // A composition, with another page that follows it.
    await locations.create({ name: 'jobs', kind: 'task' });
    await locations.create({ name: 'workers', kind: 'executor' });
    await elements.create({ id: 'task://jobs/nightly', spec: { process: { args: ['/bin/true'] } } });
    await elements.create({ id: 'executor://workers/one' });
    const watcher = await shown.open('#/events');
    await watcher.page.getByText('Following what happens').waitFor();
    await page.goto(`${shown.url}/#/composition/executor/workers/one`);
    await type(page, page.getByLabel('ID (required)'), 'image://library/base');
    await press(page, page.locator('summary', { hasText: /^Mount / }));
    await type(page, page.getByLabel('Path (required)'), '/');
    await press(page, button('Join'));
    await button('Bind image://library/base').waitFor();
    await page.getByLabel('ID (required)').waitFor();
    await expect.poll(() => page.getByLabel('ID (required)').inputValue()).toBe('');
    await type(page, page.getByLabel('ID (required)'), 'jobs/nightly');
    await press(page, button('Join'));
    await button('Bind task://jobs/nightly').waitFor();
    await press(page, button('Bind everything'));
    await button('Unbind task://jobs/nightly').waitFor();
    const { composition } = await elements.read('executor://workers/one');
    expect(composition?.members.map(({ id, bound }) => [id, bound])).toEqual([
      ['image://library/base', true],
      ['task://jobs/nightly', true],
    ]);
    await watcher.page.getByRole('log').getByText('Task Bound').waitFor();
    await keepScreenshot(watcher.page, 'events-seen');
    await keepScreenshot(page, 'composition-bound');
    await expectAccessible(page);
    await expectAccessible(watcher.page);

    // An element in use is not deleted, and its users are named.
    await page.goto(`${shown.url}/#/element/image/library/base`);
    await press(page, button('Delete'));
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('link', { name: 'executor://workers/one' }).waitFor();
    expect(await dialog.getByRole('button', { name: 'Delete it' }).count()).toBe(0);
    await keepScreenshot(page, 'delete-refused');
    await expectAccessible(page);
    await page.keyboard.press('Escape');

    // Back: unbind, leave, delete.
    await page.goto(`${shown.url}/#/composition/executor/workers/one`);
    await press(page, button('Unbind everything'));
    await press(page, button('Unbind it all'));
    await press(page, button('Leave task://jobs/nightly'));
    await button('Leave task://jobs/nightly').waitFor({ state: 'detached' });
    await press(page, button('Leave image://library/base'));
    await button('Leave image://library/base').waitFor({ state: 'detached' });
    const { handle } = await compositions.open('executor://workers/one');
    expect((await compositions.read(handle)).composition.members).toEqual([]);
    await page.goto(`${shown.url}/#/element/image/library/base`);
    await press(page, button('Delete'));
    await press(page, dialog.getByRole('button', { name: 'Delete it' }));
    await page.getByRole('heading', { name: 'library', exact: true }).waitFor();
    await expect(elements.read('image://library/base')).rejects.toMatchObject({ code: 'not-found' });
    expect([...complaints, ...watcher.complaints]).toEqual([]);
  });

  it('the reason of a failed run is found by two clicks, and the run is repeated', async () => {
    const { taskport } = shown;
    for (const [name, kind] of [
      ['images', 'image'],
      ['machines', 'executor'],
      ['volumes', 'volume'],
    ] as const)
      await taskport.locations.create({ name, kind });
    await taskport.elements.create({ id: 'image://images/app' });
    const restart = { mode: 'on-failure', attempts: 1, delaySeconds: 0 };
    const run = await someRun(taskport, 'executor://machines/import', 'image://images/app', { restart });
    const { page, complaints } = await shown.open();
    const row = page.getByRole('row', { name: /^import/ });
    // Its details distinguish it from others.
    await row.getByText('images/app · /bin/true').waitFor();
    await row.getByText(/starting|waiting/).waitFor();
    // The search finds it by that.
    const search = page.getByLabel('Search by name, image, command or reason');
    // The count stands beside the field, and not between it and its label.
    const middleOf = (of: Locator) =>
      of.evaluate((box) => box.getBoundingClientRect().top + box.getBoundingClientRect().height / 2);
    expect(await middleOf(page.getByText('1 run', { exact: true }))).toBeCloseTo(await middleOf(search), 0);
    await search.fill('/bin/none');
    await page.getByText('0 runs', { exact: true }).waitFor();
    await search.fill('images/app · /bin/t');
    await row.waitFor();
    await search.fill('');
    // Changes are visible as they happen.
    await run.report(1, 'running');
    await row.getByText('running').waitFor();
    await run.report(1, 'exited', { exitCode: 1 });
    await run.report(2, 'running');
    await run.write(2, 'stdout', 'reads orders');
    await run.write(2, 'stderr', 'no such table: orders');
    await run.report(2, 'exited', { exitCode: 3 });
    await row.getByText('Failed, exit code 3').waitFor();
    await page.getByRole('button', { name: /failed in 24 hours/ }).click();
    await row.getByRole('link', { name: 'import' }).click();
    await page.getByRole('heading', { name: 'Task', exact: true }).waitFor();
    await page.getByText(/Started by you, on this machine\.$/).waitFor();
    await expect.poll(() => page.locator('.track').count(), PATIENCE).toBe(2);
    await page.getByText('Failed, exit code 3').first().waitFor();
    const log = page.getByRole('log');
    await expect
      .poll(() => log.locator('.stderr').allInnerTexts(), PATIENCE)
      .toEqual(['no such table: orders']);
    // An ended run cannot be stopped.
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /Interrupt/ }).count()).toBe(0);
    await page.getByRole('button', { name: /Attempt 1/ }).click();
    await page.getByText('It wrote no output.').waitFor();
    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByText(/^(Starting|Waiting)/).waitFor();
    expect((await taskport.runs.list({ executorLocation: 'machines' }).all())[0]).toMatchObject({
      state: 'bound',
      attempt: 3,
    });
    expect(complaints).toEqual([]);
  });

  it('a run with unsaved writes says so, and saves them by a click; its last event comes late', async () => {
    const { compositions, elements } = shown.taskport;
    await elements.create({ id: 'volume://volumes/results' });
    const executorId = 'executor://machines/writer';
    const members = [
      { id: 'image://images/app', mount: { path: '/' } },
      { id: 'volume://volumes/results', mount: { path: '/out' } },
      { task: { name: 'main', spec: { process: { args: ['/bin/true'] } } } },
    ];
    await compositions.compose(executorId, { executor: {}, members, bind: true });
    const run = runOf(shown.taskport, executorId);
    const { page } = await shown.open('#/run/machines/writer/main');
    const events = page.getByRole('region', { name: 'Events' });
    await events.getByText('Run requested', { exact: true }).first().waitFor();
    // The data that the page reads at the start already includes the end, except in the audit trail, which lags.
    let hasEnded = false;
    await page.route(/executor.*writer\?.*composition/, async (route) => {
      if (!hasEnded) {
        hasEnded = true;
        await run.report(1, 'exited', { exitCode: 0 });
      }
      await route.continue();
    });
    let isFirst = true;
    await page.route(/executor.*writer\/audit/, async (route) => {
      if (!isFirst) return route.continue();
      isFirst = false;
      const response = await route.fetch();
      const answer = await response.json();
      answer.items = answer.items.filter(({ action }: { action: string }) => action !== 'Exited');
      return route.fulfill({ response, json: answer });
    });
    await run.report(1, 'running');
    await events.getByText('Exited', { exact: true }).waitFor();
    const saved = async () =>
      (await elements.read(executorId)).composition?.members.map(({ kind, bound }) => [kind, bound]);
    const home = await shown.open();
    await home.page
      .getByRole('row', { name: /^writer/ })
      .getByText('not saved')
      .waitFor();
    await page.getByText('not saved', { exact: true }).first().waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(() => page.getByText('not saved', { exact: true }).count(), PATIENCE).toBe(0);
    expect(await saved()).toContainEqual(['volume', false]);
    expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0);
    await home.page.getByText('not saved').waitFor({ state: 'detached' });
    // Another run that is refused for it offers to save it too.
    await page.getByRole('button', { name: 'Run again', exact: true }).click();
    await page
      .getByText(/^(starting|waiting)$/)
      .first()
      .waitFor();
    await run.report(2, 'exited', { exitCode: 0 });
    await page.getByText('not saved', { exact: true }).first().waitFor();
    const other = home.page;
    await other.goto(`${shown.url}/#/new-run`);
    await other.getByLabel('Image', { exact: true }).fill('images/app');
    await other.getByRole('button', { name: 'Add a volume' }).click();
    await other.getByLabel('Volume 1', { exact: true }).fill('results');
    await other.getByLabel('Path in the container 1', { exact: true }).fill('/in');
    await other.getByRole('button', { name: 'Start the run' }).click();
    await other.getByRole('button', { name: 'Save what writer wrote' }).click();
    await other.getByText('It is saved. Try again.').waitFor();
    await expectAccessible(other);
    await other.getByRole('button', { name: 'Start the run' }).click();
    await other
      .getByText(/^(starting|waiting)$/)
      .first()
      .waitFor();
  });

  it('a run is started by the form, and its output is shown live', async () => {
    const { taskport } = shown;
    const { page, complaints } = await shown.open('#/new-run');
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const start = button('Start the run');
    await start.click();
    expect(await hasFocus(page.getByLabel('Image', { exact: true }))).toBe(true);
    await page.getByLabel('Image', { exact: true }).fill('Alpine');
    await start.click();
    await page.getByText('Alpine is no image').waitFor();
    await page.getByLabel('Image', { exact: true }).fill('images/app');
    await page.getByLabel('Command', { exact: true }).fill(`/bin/sh -c 'echo "$STAGE"'`);
    await button('Add a variable').click();
    await page.getByLabel('Variable 1', { exact: true }).fill('A');
    await page.getByLabel('Value 1', { exact: true }).fill('one');
    await button('Paste a .env file').click();
    await page.getByLabel('Lines of a .env file').fill('# where\nexport STAGE="prod"\n');
    await page.getByLabel('Memory', { exact: true }).fill('lots');
    await page.getByText('Advanced').click();
    await page.getByLabel('Name', { exact: true }).fill('first');
    await button('Add a volume').click();
    await page.getByLabel('Volume 1', { exact: true }).fill('a/b/c');
    await start.click();
    // All errors are shown at once, at their fields.
    await page.getByText('lots is no size').waitFor();
    await page.getByText('Write the name of a volume, such as data or volumes/data').waitFor();
    await page.getByText('Write where it appears in the container').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByLabel('Memory', { exact: true }).fill('64m');
    await page.getByLabel('Volume 1', { exact: true }).fill('fresh');
    await page.getByLabel('Path in the container 1', { exact: true }).fill('/out');
    await expectAccessible(page);
    await start.click();
    await page.getByRole('heading', { level: 1, name: 'first' }).waitFor();
    const executorId = 'executor://machines/first';
    const { composition } = await taskport.elements.read(executorId);
    expect(composition?.members.find(({ task }) => task)?.task?.spec).toEqual({
      process: {
        args: ['/bin/sh', '-c', 'echo "$STAGE"'],
        env: [
          { name: 'A', value: 'one' },
          { name: 'STAGE', value: 'prod' },
        ],
      },
      resources: { memory: { limit: 64 * 2 ** 20 } },
    });
    // A name alone is in the conventional location, as in the command line.
    expect(composition?.members.map(({ id }) => id)).toContain('volume://volumes/fresh');
    const run = runOf(taskport, executorId);
    await run.report(1, 'running');
    await button('Stop').waitFor();
    const lines = page.getByRole('log').locator('div');
    await run.write(1, 'stdout', 'it has begun');
    await expect.poll(() => lines.allInnerTexts(), PATIENCE).toEqual(['it has begun']);
    await run.write(1, 'stdout', 'it goes on');
    await expect.poll(() => lines.allInnerTexts(), PATIENCE).toEqual(['it has begun', 'it goes on']);
    await page.getByLabel('Search').fill('GOES');
    await expect.poll(() => lines.allInnerTexts(), PATIENCE).toEqual(['it goes on']);
    const downloading = page.waitForEvent('download');
    await button('Download').click();
    expect(readFileSync(await (await downloading).path(), 'utf8')).toMatch(
      /stdout it has begun\n.*it goes on\n$/s,
    );
    // Actions that end a run ask first.
    await button('Stop').click();
    await button('Stop it').click();
    await page.getByText('stopping', { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('an image of a registry is found by any of its names, even if another image has the name', async () => {
    const { taskport } = shown;
    await taskport.elements.create({ id: 'image://images/alpine-3.20' });
    const { page } = await shown.open('#/new-run');
    await page.getByLabel('Image', { exact: true }).fill('index.docker.io/library/alpine:3.20');
    await page.getByLabel('Command', { exact: true }).fill("sh -c 'exit 3'");
    // The request is sent as shown.
    await page.getByRole('button', { name: 'As JSON or YAML' }).click();
    const shownRequest = JSON.parse(await page.getByLabel('Request, as JSON or YAML').inputValue());
    await page.getByText('"registry/image":"docker.io/library/alpine:3.20"').waitFor();
    await expectAccessible(page);
    const sending = page.waitForRequest(
      (request) => request.method() === 'POST' && request.url().endsWith('/v1/compositions'),
    );
    await page.getByRole('button', { name: 'Start the run' }).click();
    expect((await sending).postDataJSON()).toEqual(shownRequest);
    await page.getByText(/^(Starting|Waiting)/).waitFor();
    const [run] = await taskport.runs.list({ executorLocation: 'machines' }).all();
    const { composition } = await taskport.elements.read(run?.executorId ?? '');
    const [image] = composition?.members ?? [];
    // The name that the command line gives.
    expect(image?.id).toBe(`image://images/${nameOfReference('docker.io/library/alpine:3.20', true)}`);
    const { metadata } = await taskport.elements.read(image?.id ?? '');
    expect(metadata?.ro).toEqual({ 'registry/image': 'docker.io/library/alpine:3.20' });
    // The run is repeated with changes: the form has its values.
    const end = { exitCode: 3, outOfMemory: true } as const;
    await runOf(taskport, run?.executorId ?? '').report(1, 'exited', end);
    const limit = page.getByRole('link', { name: 'run it again with changes' });
    const again = page.getByRole('link', { name: 'Run again with changes' });
    expect(await limit.getAttribute('href')).toBe(await again.getAttribute('href'));
    await expectAccessible(page);
    await limit.click();
    const command = page.getByLabel('Command', { exact: true });
    await expect.poll(() => command.inputValue(), PATIENCE).toBe("sh -c 'exit 3'");
    expect(await page.getByLabel('Image', { exact: true }).inputValue()).toBe('alpine:3.20');
  });

  it('errors are shown at their fields, and the focus moves to the first', async () => {
    await shown.taskport.locations.create({ name: 'tasks', kind: 'task' });
    const { page } = await shown.open('#/new-element/tasks');
    await type(page, page.getByLabel('Name (required)'), 'wrong');
    await press(page, page.locator('summary', { hasText: /^Restart / }));
    await type(page, page.getByLabel('Backoff'), '99');
    await press(page, page.getByRole('button', { name: 'Create task' }));
    const alert = page.getByRole('alert');
    await alert.getByText('invalid-request').waitFor();
    expect(await hasFocus(alert)).toBe(true);
    const field = page.getByLabel('Backoff');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await tabTo(page, field);
    const described = (await field.getAttribute('aria-describedby')) ?? '';
    const [, issue = ''] = described.split(' ');
    expect(await page.locator(`#${issue}`).innerText()).toBe('It has to be at most 10.');
    await keepScreenshot(page, 'form-refused');
    await expectAccessible(page);
  });
});
