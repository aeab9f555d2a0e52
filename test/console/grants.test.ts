import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { type Console, startConsole, withoutChromium } from './browser.ts';

const without = withoutChromium();
const GRANTS = [{ principal: 'colleague', actions: ['read'] }] as const;

describe.skipIf(without !== undefined)(titled('the grants of a location', without), () => {
  let shown: Console;
  beforeAll(async () => {
    shown = await startConsole();
  });
  afterAll(() => shown.stop());

  /** Opens the settings of a new location with a grant. */
  const openSettings = async (name: string) => {
    await shown.taskport.locations.create({ name, kind: 'image', grants: [...GRANTS] });
    const { page } = await shown.open(`#/location/${name}`);
    await page.getByText('Change the location').click();
    return { page, grantsFact: page.locator('dt', { hasText: /^grants$/ }).locator('+ dd') };
  };

  it('permit nobody once the last of them is removed, even if another was added meanwhile', async () => {
    const { page, grantsFact } = await openSettings('closed');
    await page.getByRole('button', { name: 'Remove Grants 1' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => grantsFact.innerText(), PATIENCE).toContain('nobody but the owner');
    expect((await shown.taskport.locations.read('closed')).grants).toEqual([]);
    await page.getByRole('button', { name: 'Add to grants' }).click();
    await page.getByRole('button', { name: 'Remove Grants 1' }).click();
    await page.getByRole('combobox', { name: 'Policy' }).selectOption('read-only');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => shown.taskport.locations.read('closed'), PATIENCE)
      .toMatchObject({ policy: 'read-only', grants: [] });
  });

  it('permit everybody only after a confirmation', async () => {
    const { page, grantsFact } = await openSettings('opened');
    await page.getByRole('button', { name: 'Open to everybody' }).click();
    await page.getByRole('button', { name: 'Open it' }).click();
    await expect.poll(() => grantsFact.innerText(), PATIENCE).toBe('everybody');
    expect((await shown.taskport.locations.read('opened')).grants).toBeUndefined();
    expect(await page.getByRole('button', { name: 'Open to everybody' }).count()).toBe(0);
  });
});
