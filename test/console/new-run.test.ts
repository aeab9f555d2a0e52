import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { type Console, expectAccessible, keepScreenshot, startConsole, withoutChromium } from './browser.ts';
import { hasFocus } from './keyboard.ts';
import { someRun } from './some-run.ts';

const without = withoutChromium();

describe.skipIf(without !== undefined)(titled('the form of a run', without), () => {
  let shown: Console;
  beforeAll(async () => {
    shown = await startConsole();
    for (const [name, kind] of [
      ['images', 'image'],
      ['machines', 'executor'],
      ['volumes', 'volume'],
    ] as const)
      await shown.taskport.locations.create({ name, kind });
    await shown.taskport.elements.create({ id: 'image://images/app' });
  });
  afterAll(() => shown.stop());

  /** The new form, and the addresses of the answers that the browser logs as errors. */
  const openForm = async () => {
    const { page, complaints } = await shown.open('#/new-run');
    const failed: string[] = [];
    page.on('response', (answer) => {
      if (answer.status() >= 400) failed.push(`${answer.status()} ${answer.url()}`);
    });
    const field = (name: string) => page.getByLabel(name, { exact: true });
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    return { page, complaints, failed, field, button };
  };

  it('turns to JSON or YAML also when it is empty, and takes a pasted request', async () => {
    const { page, failed, complaints, field, button } = await openForm();
    await button('As JSON or YAML').click();
    const text = field('Request, as JSON or YAML');
    const example = JSON.parse(await text.inputValue());
    expect(example).toMatchObject({
      executorId: expect.stringMatching(/^executor:..machines.[a-z]/),
      bind: true,
    });
    expect(example.members.at(-1).task.spec.process.args).toEqual(['echo', 'hello']);
    await page.getByText('An example, as no image is chosen').waitFor();
    await keepScreenshot(page, 'new-run-example');
    await expectAccessible(page);
    // What is wrong with the text stands at the text.
    await text.fill('{"executorId": ');
    await button('Start the run').click();
    await page.getByText('This is neither JSON nor YAML').waitFor();
    expect(await hasFocus(text)).toBe(true);
    await text.fill('bind: true');
    await button('Start the run').click();
    await page.getByText('A request has an executorId').waitFor();
    await text.fill(`
executorId: executor://machines/pasted
executor: {}
members:
- { id: 'image://images/app', mount: { path: / } }
- task: { name: main, spec: { process: { args: [/bin/true] } } }
bind: true`);
    await button('Start the run').click();
    await page.getByRole('heading', { level: 1, name: 'pasted' }).waitFor();
    expect([failed, complaints]).toEqual([[], []]);
  });

  it('turns to text without what it cannot read, and says so', async () => {
    const { page, field, button } = await openForm();
    await field('Image').fill('images/app');
    await field('Memory').fill('lots');
    await button('As JSON or YAML').click();
    await page.getByText('Left out: lots is no size').waitFor();
    await button('Back to the form').click();
    expect(await field('Memory').inputValue()).toBe('lots');
  });

  it('shows a refusal of the service at its field, in words', async () => {
    await someRun(shown.taskport, 'executor://machines/taken', 'image://images/app');
    const { page, field, button } = await openForm();
    const issueOf = async (name: string) => {
      const described = (await field(name).getAttribute('aria-describedby')) ?? '';
      return page.locator(`#${described.split(' ').find((id) => id.endsWith('-issue'))}`).innerText();
    };
    await field('Image').fill('images/app');
    const placeOf = (name: string) => field(name).evaluate((box) => [box.offsetLeft, box.offsetTop]);
    const places = [await placeOf('Time limit'), await placeOf('Restart')];
    expect(places[1]?.[1]).toBe(places[0]?.[1]);
    await field('Memory').fill('1k');
    await field('CPUs').fill('0.001');
    await field('Time limit').fill('0s');
    await button('Add a variable').click();
    await field('Variable 1').fill('not a name');
    await button('Start the run').click();
    await page.getByText('Memory has to be at least 4 MiB.').waitFor();
    expect(await issueOf('Memory')).toBe('Memory has to be at least 4 MiB.');
    expect(await issueOf('CPUs')).toBe('CPUs have to be at least 0.01.');
    expect(await issueOf('Time limit')).toBe('The time limit has to be at least 1 s.');
    expect(await issueOf('Variable 1')).toMatch(/^The name has to be a letter or/);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await hasFocus(field('Variable 1'))).toBe(true);
    // Messages leave the fields beside each other.
    expect((await placeOf('Time limit'))[0]).toBe(places[0]?.[0]);
    expect((await placeOf('Restart'))[0]).toBe(places[1]?.[0]);
    await keepScreenshot(page, 'new-run-refused');
    await expectAccessible(page);
    for (const name of ['Memory', 'CPUs', 'Time limit']) await field(name).fill('');
    await button('Remove variable 1').click();
    // A folded field unfolds.
    await page.getByText('Advanced').click();
    await field('Name').fill('taken');
    await page.getByText('Advanced').click();
    await button('Start the run').click();
    await page.getByText('This name is taken').waitFor();
    expect(await hasFocus(field('Name'))).toBe(true);
    await field('Name').fill('not a name');
    await button('Start the run').click();
    await expect.poll(() => issueOf('Name'), PATIENCE).toMatch(/name/);
    await field('Name').fill('');
    await field('Image').fill('images/none');
    await button('Start the run').click();
    await page.getByText('images/none does not exist').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('asks for no image and no volume that does not exist, which browsers log as an error', async () => {
    const { page, failed, field, button } = await openForm();
    await field('Image').fill('bitnami/redis:7');
    await button('Add a volume').click();
    await field('Volume 1').fill('fresh');
    await field('Path in the container 1').fill('/out');
    await button('As JSON or YAML').click();
    await page.getByText('"volume://volumes/fresh"').last().waitFor();
    await button('Start the run').click();
    await page.getByText(/^(Starting|Waiting)/).waitFor();
    expect(failed).toEqual([]);
  });

  it('asks who writes to a volume only if an executor has it', async () => {
    const { elements, compositions } = shown.taskport;
    await elements.create({ id: 'volume://volumes/kept' });
    const { page, failed } = await openForm();
    const open = async () => {
      await page.goto(`${shown.url}/#/element/volume/volumes/kept`);
      await page.reload();
      await page
        .getByRole('region', { name: 'Used by' })
        .getByText(/Nothing uses it|mounted on/)
        .waitFor();
      // What the page would ask follows at once.
      await page.waitForTimeout(300);
    };
    await open();
    const executorId = 'executor://machines/keeper';
    const members = [{ id: 'volume://volumes/kept', mount: { path: '/data' } }];
    const { handle } = await compositions.compose(executorId, { executor: {}, members });
    await open();
    expect(failed).toEqual([]);
    await compositions.bind(handle);
    await open();
    await page.getByRole('region', { name: 'Who writes to it' }).getByText('machines/keeper').waitFor();
  });
});
