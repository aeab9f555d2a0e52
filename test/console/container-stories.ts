/** Follows the instructions on containers, and checks their results. */
import { expect } from 'vitest';
import type { Taskport } from '../../client/index.ts';
import { someArchive } from '../uploading.ts';
import { expectAccessible, keepScreenshot } from './browser.ts';
import type { Newcomer, Stories } from './newcomer.ts';

const membersOf = async ({ elements }: Taskport, executorId: string) =>
  (await elements.read(executorId)).composition?.members ?? [];

/** Makes the parts of a container: an image, a task, a volume, and executors. Answers their IDs. */
const provide = async ({ locations, elements, data }: Taskport, prefix: string) => {
  const kinds = ['image', 'task', 'volume', 'executor'] as const;
  await Promise.all(kinds.map((kind) => locations.create({ name: `${prefix}-${kind}s`, kind })));
  const ids = {
    image: `image://${prefix}-images/base`,
    task: `task://${prefix}-tasks/hello`,
    volume: `volume://${prefix}-volumes/state`,
    one: `executor://${prefix}-executors/one`,
    two: `executor://${prefix}-executors/two`,
  };
  const spec = { process: { args: ['/bin/true'] } };
  const { image, task, ...others } = ids;
  await Promise.all([
    data.upload({ id: image }, await someArchive()),
    elements.create({ id: task, spec }),
    ...Object.values(others).map((id) => elements.create({ id })),
  ]);
  return ids;
};

const compose = async ({ goTo, press, arriveAt }: Newcomer, executorId: string): Promise<void> => {
  const [, location = '', name = ''] = /\/\/(.*)\/(.*)/.exec(executorId) ?? [];
  await goTo(location, name);
  await press('Composition');
  await arriveAt(`Composition of ${name}`);
};

/** Joins one more element in the open composition. */
const joinOne = async (
  { page, press, fill }: Newcomer,
  id: string,
  mount?: Readonly<Record<string, string>>,
): Promise<void> => {
  await fill({ ID: id });
  if (mount) {
    await press('Mount');
    await fill(mount);
  }
  await press('Join');
  await page.getByRole('button', { name: `Leave ${id}` }).waitFor();
  // The form is empty again.
  await expect.poll(() => page.getByLabel('ID (required)').inputValue()).toBe('');
};

/** The row of a mount, with all its marks. */
const branchOf = ({ page }: Newcomer, id: string) =>
  page.locator('.mount').filter({ hasText: id.replace(/^.*:\/\//, '') });

const readPlan = async ({ page, press }: Newcomer): Promise<unknown> => {
  await press('Show plan');
  return JSON.parse(await page.getByRole('region', { name: 'The plan' }).innerText());
};

export const containerStories: Stories = {
  'To start a run': async (newcomer, { locations }) => {
    // The story of the first location made `images`.
    await locations.create({ name: 'machines', kind: 'executor' });
    const { page, press, fill } = newcomer;
    await press('Runs', 'New run');
    await fill({ Image: 'alpine:3.20', Command: 'echo hello' });
    await press('Start the run');
    await page.getByRole('heading', { level: 1, name: /^[a-z]+-[a-z]+-[0-9a-f]{3}$/ }).waitFor();
    await page
      .getByText(/^(starting|waiting)$/)
      .first()
      .waitFor();
  },

  'A container also needs a task and an executor': async (newcomer, { locations, elements }) => {
    await locations.create({ name: 'my-tasks', kind: 'task' });
    await locations.create({ name: 'my-executors', kind: 'executor' });
    const { page, goTo, press, fill, arriveAt } = newcomer;
    await goTo('my-tasks');
    await press('New element');
    await fill({ Name: 'hello' });
    await press('Process', 'Add to arguments');
    await fill({ 'Arguments 1': '/bin/echo' });
    await press('Add to arguments');
    await fill({ 'Arguments 2': 'hello' });
    await press('Create task');
    await arriveAt('hello');
    await page.getByRole('row', { name: 'process.args /bin/echo hello' }).waitFor();
    expect(await elements.read('task://my-tasks/hello')).toMatchObject({
      spec: { process: { args: ['/bin/echo', 'hello'] } },
    });
    await goTo('my-executors');
    await press('New element');
    await fill({ Name: 'one' });
    await press('Create executor');
    await arriveAt('one');
    expect(await elements.read('executor://my-executors/one')).toMatchObject({ state: 'ready' });
  },

  'use-of-image': async (newcomer, taskport) => {
    const { image, task, one } = await provide(taskport, 'use');
    await compose(newcomer, one);
    await joinOne(newcomer, image, { Path: '/' });
    await joinOne(newcomer, task);
    await newcomer.press('Bind everything');
    await newcomer.page.getByRole('button', { name: `Unbind ${task}` }).waitFor();
    expect(await branchOf(newcomer, image).innerText()).toMatch(/bound.*changes to \/ are not kept/s);
    expect(await readPlan(newcomer)).toMatchObject({ storage: [{ id: image, mountPath: '/' }] });
    await expectAccessible(newcomer.page);
    expect((await membersOf(taskport, one)).map(({ id, bound }) => [id, bound])).toEqual([
      [image, true],
      [task, true],
    ]);
  },

  'use-of-volume-and-image': async (newcomer, taskport) => {
    const { image, task, volume, one, two } = await provide(taskport, 'both');
    const { page, press, see } = newcomer;
    await compose(newcomer, one);
    await joinOne(newcomer, image, { Path: '/' });
    await joinOne(newcomer, volume, { Path: '/data' });
    await joinOne(newcomer, task);
    await press('Bind everything');
    await page.getByRole('button', { name: `Unbind ${volume}` }).waitFor();
    await compose(newcomer, two);
    await joinOne(newcomer, volume, { Path: '/data' });
    await press('Bind everything');
    await see('volume-attached');
    // The page names the holder.
    await page.getByRole('alert').getByRole('link', { name: one }).waitFor();
    expect((await membersOf(taskport, one)).every(({ bound }) => bound)).toBe(true);
    expect((await membersOf(taskport, two)).some(({ bound }) => bound)).toBe(false);
  },

  'non-persistent-volume': async (newcomer, taskport) => {
    const { volume, one } = await provide(taskport, 'tmp');
    await compose(newcomer, one);
    await joinOne(newcomer, volume, { Path: '/scratch', Persistent: 'no' });
    expect(await branchOf(newcomer, volume).innerText()).toMatch(/deleted/);
    await newcomer.press(`Leave ${volume}`);
    await branchOf(newcomer, volume).waitFor({ state: 'detached' });
    await expect(taskport.elements.read(volume)).rejects.toMatchObject({ code: 'not-found' });
  },

  'read-only-root-filesystem': async (newcomer, taskport) => {
    const { image, task, one } = await provide(taskport, 'ro');
    await compose(newcomer, one);
    await joinOne(newcomer, image, { Path: '/', 'Read only': 'yes' });
    expect(await branchOf(newcomer, image).innerText()).toMatch(/read-only/);
    expect(await membersOf(taskport, one)).toMatchObject([{ mount: { path: '/', readOnly: true } }]);
    await joinOne(newcomer, task);
    await newcomer.press('Bind everything');
    await newcomer.page.getByRole('button', { name: `Unbind ${task}` }).waitFor();
    const plan = await readPlan(newcomer);
    expect(plan).toMatchObject({ config: { root: { readonly: true } } });
  },

  'nothing-at-root': async (newcomer, taskport) => {
    const { task, one } = await provide(taskport, 'bare');
    await compose(newcomer, one);
    await joinOne(newcomer, task);
    await newcomer.press('Bind everything');
    await newcomer.see('no-root-filesystem');
    expect(await membersOf(taskport, one)).toMatchObject([{ id: task, bound: false }]);
  },

  'To undo this': async (newcomer, taskport) => {
    const { image, task, one } = await provide(taskport, 'back');
    const { compositions, elements } = taskport;
    const opened = await compositions.open(one);
    const rooted = await compositions.join(opened.handle, { id: image, mount: { path: '/' } });
    const joined = await compositions.join(rooted.handle, { id: task });
    await compositions.bind(joined.handle);
    const { page, goTo, press, arriveAt } = newcomer;
    const dialog = page.getByRole('dialog');
    await goTo('back-images', 'base');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await dialog.getByRole('link', { name: one }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await compose(newcomer, one);
    await press('Unbind everything', 'Unbind it all', `Leave ${task}`, `Leave ${image}`);
    await page.getByText('Nothing is mounted at').waitFor();
    expect(await membersOf(taskport, one)).toEqual([]);
    await goTo('back-images', 'base');
    await press('Delete', 'Delete it');
    await arriveAt('back-images');
    await expect(elements.read(image)).rejects.toMatchObject({ code: 'not-found' });
    await press('Events');
    await page.getByText('Following what happens').waitFor();
    await elements.create({ id: 'image://back-images/next' });
    await page.getByRole('log').getByRole('link', { name: 'back-images/next' }).waitFor();
    await keepScreenshot(page, 'events-of-others');
  },
};
