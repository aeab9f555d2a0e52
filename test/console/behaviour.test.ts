import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { BlobRemoval } from '../../lib/adapters/s3/blob-removal.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { CLOSING_MS } from '../../lib/location/locations.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { AUDIT_DAYS } from '../taskport.ts';
import { type Console, keepScreenshot, startConsole, withoutChromium } from './browser.ts';

const without = withoutChromium();
/** More than one page, so that scrolling loads another. */
const MANY = 510;

describe.skipIf(without !== undefined)(titled('the console', without), () => {
  let shown: Console;
  beforeAll(async () => {
    shown = await startConsole();
    const { locations, elements } = shown.taskport;
    await locations.create({ name: 'many', kind: 'task', indexed: ['ro.team'] });
    await locations.create({ name: 'library', kind: 'image' });
    await locations.create({ name: 'workers', kind: 'executor' });
    await elements.create({ id: 'image://library/base' });
    await elements.create({ id: 'image://library/other' });
    await elements.create({ id: 'executor://workers/one', spec: { resources: {} } });
    const names = Array.from({ length: MANY }, (_, at) => `t${String(at).padStart(5, '0')}`);
    const work = async (): Promise<void> => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const team = name.endsWith('7') ? 'seven' : 'rest';
        await elements.create({ id: `task://many/${name}`, metadata: { ro: { team } } });
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
  });
  afterAll(() => shown.stop());

  it('a list scrolls to its last element, with few rows in the page', async () => {
    const { page } = await shown.open('#/location/many');
    await page.getByText('more below').waitFor();
    await page.getByRole('table').focus();
    await expect
      .poll(async () => {
        await page.keyboard.press('End');
        return page.getByRole('link', { name: `t00${MANY - 1}` }).count();
      }, PATIENCE)
      .toBe(1);
    await page.getByText('510 tasks', { exact: true }).waitFor();
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(MANY + 1));
    expect(await page.locator('.rows .row').count()).toBeLessThan(100);
    // Half a row at the end shows that more follow.
    const height = await page.getByRole('table').evaluate((box) => box.clientHeight);
    const row = await page
      .locator('.rows .row')
      .first()
      .evaluate((each) => each.getBoundingClientRect().height);
    expect(Math.abs((height % row) / row - 0.5)).toBeLessThan(0.1);
  });

  it('a location of executors shows its runner, and a missing one, as does a composition', async () => {
    const { page } = await shown.open('#/location/workers');
    await page.getByText('No runner serves the location workers').waitFor();
    const of = await shown.open('#/composition/executor/workers/one');
    await of.page.getByText('No runner serves the location workers').waitFor();
    // Empty parts are not shown.
    await of.page.goto(`${shown.url}/#/element/executor/workers/one`);
    await of.page.getByText('Nothing has joined yet').waitFor();
    expect(await of.page.getByRole('heading', { name: /Used by|Specification/ }).count()).toBe(0);
    const claim = { engine: 'the engine', runner: 'the runner', epoch: 0 };
    const { epoch } = await shown.taskport.runners.claim('workers', claim);
    await page.reload();
    await page.getByText('the runner').waitFor();
    await page.getByText('last heard').waitFor();
    expect(await page.getByText('No runner serves').count()).toBe(0);
    await shown.taskport.runners.leave('workers', { epoch, keep: true });
    await page.reload();
    await page.getByText('interrupted: its tasks run on').waitFor();
  });

  it('a filter narrows the list, and is in the URL', async () => {
    const { page } = await shown.open('#/location/many');
    await page.getByLabel('Name begins with').fill('t0000');
    await page.getByLabel('Field', { exact: true }).selectOption('ro.team');
    await page.getByLabel('is', { exact: true }).fill('seven');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('1 task', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('1 task', { exact: true }).waitFor();
    expect(await page.getByLabel('Name begins with').inputValue()).toBe('t0000');
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('more below').waitFor();
  });

  it('an image shows its tags, and is found by each of them', async () => {
    const { tags } = shown.taskport;
    await tags.set('image://library/app:1.2', 'image://library/base');
    await tags.set('image://library/app:latest', 'image://library/base');
    const { page } = await shown.open('#/element/image/library/app%3A1.2');
    await page.getByRole('heading', { level: 1, name: 'base' }).waitFor();
    const list = page.getByRole('region', { name: 'Tags' }).getByRole('listitem');
    await expect.poll(() => list.allInnerTexts(), PATIENCE).toEqual(['app:1.2', 'app:latest']);
    // Tags are deleted with it, so they do not prevent the delete.
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('This deletes the element, its data').waitFor();
    expect(await page.getByText('It cannot be deleted').count()).toBe(0);
  });

  it('an operation on a changed composition is repeated, and the change is shown', async () => {
    const { compositions } = shown.taskport;
    const { page } = await shown.open('#/composition/executor/workers/one');
    await page.getByLabel('id (required)').fill('image://library/other');
    await page.locator('summary', { hasText: /^Mount/ }).click();
    await page.getByLabel('path (required)').fill('/opt');
    // Another caller joins an element before the join of the page, so the page's handle is stale.
    let isFirst = true;
    await page.route('**/join', async (route) => {
      if (isFirst) {
        isFirst = false;
        const { handle } = await compositions.open('executor://workers/one');
        await compositions.join(handle, { id: 'image://library/base', mount: { path: '/' } });
      }
      await route.continue();
    });
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('button', { name: 'Bind image://library/other' }).waitFor();
    await page.getByText('image://library/base has joined').waitFor();
    await keepScreenshot(page, 'composition-changed');
    const { handle } = await compositions.open('executor://workers/one');
    const { composition } = await compositions.read(handle);
    expect(composition.members.map(({ id }) => id)).toEqual([
      'image://library/base',
      'image://library/other',
    ]);
  });

  it('a closing composition shows what it waits for, and cannot be changed meanwhile', async () => {
    const { attachments, compositions, elements, locations } = shown.taskport;
    await locations.create({ name: 'disks', kind: 'volume' });
    const [executorId, volumeId, taskId] = [
      'executor://workers/leaving',
      'volume://disks/data',
      'task://many/t00001',
    ];
    await elements.create({ id: volumeId });
    const members = [
      { id: 'image://library/other', mount: { path: '/' } },
      { id: volumeId, mount: { path: '/data' } },
      { id: taskId },
    ];
    const { handle } = await compositions.compose(executorId, { executor: {}, members, bind: true });
    const written = { executorId, volumeId };
    const { attachment } = await attachments.read(written);
    await attachments.claim(written, { attachment: attachment ?? '', engine: 'the engine' });
    const at = new Date().toISOString();
    await elements.report(executorId, taskId, { attempt: 1, state: 'running', at });
    const { page } = await shown.open('#/composition/executor/workers/leaving');
    const buttons = page.getByRole('main').getByRole('button', { name: /Bind|Unbind|Leave|Interrupt|Join/ });
    await expect.poll(() => buttons.count(), PATIENCE).toBeGreaterThan(4);
    await compositions.close(handle, { executor: 'delete' });
    const notice = page.getByRole('region', { name: 'All members leave' });
    await notice.getByText('Then the executor is deleted.').waitFor();
    await notice.getByText(`${taskId}: the task has not ended. its runner`).waitFor();
    await notice.getByText(`${volumeId}: its writes are not saved.`).waitFor();
    expect(await buttons.count()).toBe(0);
    await keepScreenshot(page, 'composition-closing');
    await elements.report(executorId, taskId, { attempt: 1, state: 'exited', exitCode: 0, at });
    await expect.poll(() => notice.getByText('the task has not ended').count(), PATIENCE).toBe(0);
    page.on('dialog', (dialog) => void dialog.accept());
    await notice.getByRole('button', { name: 'Discard what is not saved' }).click();
    await page.getByText('not-found').first().waitFor();
  });

  it('a task shows why it ended and when it restarts, in its composition, its audit trail and the events', async () => {
    const { compositions, elements } = shown.taskport;
    const [executorId, taskId] = ['executor://workers/restless', 'task://many/restless'];
    const restart = { mode: 'on-failure', attempts: 3, delaySeconds: 3_600 } as const;
    await elements.create({ id: executorId });
    await elements.create({ id: taskId, spec: { restart } });
    const { page: events } = await shown.open('#/events');
    await events.getByText('Following what happens').waitFor();
    let { handle } = await compositions.open(executorId);
    const mount = { path: '/' };
    ({ handle } = await compositions.join(handle, { id: 'image://library/other', mount }));
    ({ handle } = await compositions.join(handle, { id: taskId }));
    await compositions.bind(handle);
    const at = new Date().toISOString();
    const said = { attempt: 1, state: 'exited', exitSignal: 'KILL', outOfMemory: true, at } as const;
    await elements.report(executorId, taskId, said);
    const told = /Out of memory.*ended by signal KILL; starts again at .+, 3 restarts left/;
    await events.getByRole('log').getByText(told).first().waitFor();
    const { page } = await shown.open('#/composition/executor/workers/restless');
    await page.getByRole('listitem').filter({ hasText: 'many/restless' }).getByText(told).waitFor();
    const { page: trail } = await shown.open('#/element/task/many/restless');
    await trail.getByRole('region', { name: 'Audit trail' }).getByText(told).waitFor();
  });

  it('a location shows its owner and the permissions of tasks, and both can be changed there', async () => {
    const { locations } = shown.taskport;
    const name = 'boxes';
    await locations.create({ name, kind: 'executor', allow: { logs: ['s3://lines/'] } });
    const { page } = await shown.open(`#/location/${name}`);
    const fact = (of: string) => page.locator('dt', { hasText: new RegExp(`^${of}$`) }).locator('+ dd');
    expect(await fact('owner').innerText()).toBe('local');
    expect(await fact('tasks may ask for').innerText()).toBe('logs: s3://lines/');
    await page.getByText('Change the location').click();
    await page.getByRole('button', { name: 'Remove logs 1' }).click();
    await page.getByRole('button', { name: 'Add to secrets' }).click();
    await page.getByRole('textbox', { name: 'secrets 1' }).fill('jobs/../');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.issue', { hasText: 'must not have' }).first().waitFor();
    await page.getByRole('textbox', { name: 'secrets 1' }).fill('jobs/');
    await page.getByText('Grants', { exact: true }).click();
    await page.getByRole('button', { name: 'Add to grants' }).click();
    await page.getByRole('textbox', { name: 'Principal 1' }).fill('local');
    // One click each, because there are few.
    for (const action of ['read', 'admin']) await page.getByRole('checkbox', { name: action }).check();
    await page.getByRole('textbox', { name: 'owner' }).fill('arn:aws:iam::123456789012:role/builder');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => fact('tasks may ask for').innerText()).toBe('secrets: jobs/');
    const { owner, allow, grants } = await locations.read(name);
    expect([owner, allow]).toEqual([
      'arn:aws:iam::123456789012:role/builder',
      { logs: [], secrets: ['jobs/'] },
    ]);
    expect(grants).toEqual([{ principal: 'local', actions: ['read', 'admin'] }]);
  });

  it('events are shown as live once none can be missed', async () => {
    const { page } = await shown.open();
    let release = (): void => {};
    const released = new Promise<void>((settle) => {
      release = settle;
    });
    // The position of the log is answered late.
    await page.route(/\/v1\/events\?/, async (route) => {
      await released;
      await route.continue();
    });
    const asked = page.waitForRequest(/\/v1\/events\?/);
    await page.getByRole('link', { name: 'Events' }).click();
    await asked;
    await page.getByText('Loading').waitFor();
    expect(await page.getByText('Following').count()).toBe(0);
    release();
    await page.getByText('Following').waitFor();
  });

  it('earlier events are shown at once; new ones wait during a pause, and appear afterwards', async () => {
    await shown.taskport.elements.create({ id: 'task://many/earlier' });
    const { page } = await shown.open('#/events');
    await page.getByRole('log').getByRole('link', { name: 'many/earlier' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await shown.taskport.elements.create({ id: 'task://many/paused' });
    await page.getByText('Paused; 1 wait.').waitFor();
    expect(await page.getByRole('link', { name: 'many/paused' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('log').getByRole('link', { name: 'many/paused' }).waitFor();
  });

  it('events can be filtered by location, and an invalid name is reported', async () => {
    const { locations, elements } = shown.taskport;
    for (const name of ['here', 'there']) await locations.create({ name, kind: 'task' });
    const { page } = await shown.open('#/events');
    const ask = async (location: string): Promise<void> => {
      await page.getByLabel('Location').fill(location);
      await page.getByLabel('Location').press('Enter');
    };
    const asked = page.waitForResponse(/\/v1\/events\?.*location=here/);
    await ask('here');
    await asked;
    await page.getByText('Following').waitFor();
    await elements.create({ id: 'task://there/unseen' });
    await elements.create({ id: 'task://here/seen' });
    await page.getByRole('log').getByRole('link', { name: 'here/seen' }).waitFor();
    expect(await page.getByText('there/unseen').count()).toBe(0);
    await ask('No Location');
    await page.getByRole('alert').getByText('location').first().waitFor();
    await ask('');
    await page.getByText('Following').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('a deleted element, in a deleted location, still shows its history', async () => {
    const { locations, elements } = shown.taskport;
    await locations.create({ name: 'leaving', kind: 'image' });
    await elements.create({ id: 'image://leaving/one' });
    await elements.delete('image://leaving/one');
    await locations.delete('leaving');
    const { table, bucket } = readEnvironment('table', 'bucket');
    const blobs = new BlobRemoval(createS3Client(), bucket);
    const later = () => Date.now() + CLOSING_MS + 1_000;
    await new Sweeper(new Table(createDynamoClient(), table), blobs, later, AUDIT_DAYS).run();
    const { page } = await shown.open('#/element/image/leaving/one');
    await page.getByRole('alert').getByText('unknown-location').waitFor();
    await page.getByRole('region', { name: 'Audit trail' }).getByText('Deleted').waitFor();
    expect(await page.getByRole('alert').count()).toBe(1);
    await page.goto(`${shown.url}/#/element/image/leaving/never`);
    await page.getByRole('heading', { name: 'never' }).waitFor();
    await page.getByRole('alert').getByText('unknown-location').waitFor();
    expect(await page.getByRole('heading', { name: 'Audit trail' }).count()).toBe(0);
  });

  it.each([
    [401, 'Unauthorized', 'asks for a token'],
    [403, 'Forbidden', 'a page cannot sign'],
  ])('a gateway that answers %i is explained', async (status, message, told) => {
    const { page } = await shown.open('#/events');
    // Answers of API Gateway itself, which does not exist here.
    await page.route('**/v1/locations*', (route) => route.fulfill({ status, json: { message } }));
    await page.getByRole('link', { name: 'Locations' }).click();
    await page.getByRole('alert').getByText(told).waitFor();
  });

  it('a token is sent with every call, and forgotten on request', async () => {
    const { page } = await shown.open('#/locations');
    // A laptop needs none.
    expect(await page.getByRole('button', { name: 'Token' }).count()).toBe(0);
    await page.goto(`${shown.url.replace('127.0.0.1', 'deployed.localhost')}/#/locations`);
    await page.getByRole('link', { name: 'library' }).waitFor();
    const sent: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/v1/')) sent.push(request.headers().authorization);
    });
    await page.getByRole('button', { name: 'Token' }).click();
    await page.getByLabel('Bearer token').fill('abc.def.ghi');
    await page.getByRole('button', { name: 'Use it' }).click();
    await expect.poll(() => sent).toEqual(['Bearer abc.def.ghi']);
    await page.getByRole('button', { name: 'Token is set' }).click();
    await page.getByRole('button', { name: 'Forget it' }).click();
    await expect.poll(() => sent).toEqual(['Bearer abc.def.ghi', undefined]);
  });
});
