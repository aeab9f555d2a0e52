import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { type Console, startConsole, withoutChromium } from './browser.ts';
import { someRun } from './some-run.ts';

const without = withoutChromium();
const GONE = Array.from({ length: 25 }, (_, at) => `executor://machines/gone${at}`);

describe.skipIf(without !== undefined)(titled('the list of runs', without), () => {
  let shown: Console;
  beforeAll(async () => {
    shown = await startConsole();
  });
  afterAll(() => shown.stop());

  it('shows what many runs have become that change at once', async () => {
    const { taskport } = shown;
    const { compositions, elements, locations } = taskport;
    await locations.create({ name: 'images', kind: 'image' });
    await locations.create({ name: 'machines', kind: 'executor' });
    await elements.create({ id: 'image://images/app' });
    for (const id of ['executor://machines/stays', ...GONE])
      await someRun(taskport, id, 'image://images/app');
    const { page } = await shown.open('#/locations');
    let release = (): void => {};
    const changed = new Promise<void>((settle) => {
      release = settle;
    });
    // All changes come in one stream.
    await page.route(/\/v1\/events/, async (route) => {
      if (route.request().headers().accept?.includes('event-stream')) await changed;
      await route.continue();
    });
    await page.goto(`${shown.url}/#/`);
    await page.getByText('26 runs', { exact: true }).waitFor();
    for (const id of GONE) {
      const { handle } = await compositions.open(id);
      const unbound = await compositions.unbind(handle);
      await compositions.close(unbound.handle, { executor: 'delete' });
    }
    release();
    await expect.poll(() => page.getByRole('row', { name: /gone/ }).count(), PATIENCE).toBe(0);
    expect(await page.getByRole('row', { name: /stays/ }).count()).toBe(1);
  });
});
