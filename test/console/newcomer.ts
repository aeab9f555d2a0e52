/** A user who knows only the page of the workflows and the console. */
import type { Locator, Page } from 'playwright-core';
import type { Taskport } from '../../client/index.ts';
import { dropFile } from './dropping.ts';

export interface Newcomer {
  readonly page: Page;
  /** Labels that were pressed, filled in and read, with their values, in order. */
  readonly followed: readonly string[];
  /** Goes from the list of locations to one of them, and to an element in it. */
  goTo(location: string, element?: string): Promise<void>;
  /** Presses the button, the link or the triangle with this label. */
  press(...labels: readonly string[]): Promise<void>;
  /** Fills in or selects the fields with these labels. */
  fill(fields: Readonly<Record<string, string>>): Promise<void>;
  /** Drops a file on the field of this label. */
  drop(label: string, bytes: Uint8Array): Promise<void>;
  /** Waits until the page shows this text. */
  see(...texts: readonly string[]): Promise<void>;
  /** Reads the value beside a name. */
  readFact(name: string): Promise<string>;
  /** Waits for the view with this title. */
  arriveAt(title: string): Promise<void>;
  /** Runs a command of the instructions. */
  run<T>(by: (command: string) => T, command: string): T;
}

/** The steps of a user who follows an instruction, with their visible results; the client checks these too. */
type Story = (newcomer: Newcomer, taskport: Taskport) => Promise<void>;

/** By the instruction: a row by the page of its workflow, a paragraph by its first words. */
export type Stories = Readonly<Record<string, Story>>;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** A user at the first page. */
export const begin = (page: Page): Newcomer => {
  const followed: string[] = [];
  /** The visible element with exactly this name: two would be ambiguous, and none is an error of the page or of the instructions. */
  const visible = (found: Locator): Locator => found.filter({ visible: true });
  const pressable = (name: string): Locator =>
    visible(
      page
        .getByRole('button', { name, exact: true })
        .or(page.getByRole('link', { name, exact: true }))
        .or(page.locator('summary').filter({ has: page.getByText(name, { exact: true }) }))
        .or(page.locator('summary').filter({ hasText: new RegExp(`^${escaped(name)}$`) })),
    );
  const field = (label: string): Locator =>
    visible(page.getByLabel(new RegExp(`^${escaped(label)}( \\(required\\))?$`))).and(
      page.locator('input, select, textarea'),
    );
  const arriveAt = (title: string): Promise<void> =>
    page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  return {
    page,
    followed,
    arriveAt,
    async goTo(location, element) {
      await pressable('Locations').first().click();
      await pressable(location).click();
      await arriveAt(location);
      if (element === undefined) return;
      await pressable(element).click();
      await arriveAt(element);
    },
    async press(...labels) {
      for (const label of labels) {
        await pressable(label).click();
        // The name of a repeated button contains its item.
        followed.push(label.replace(/ \w+:\/\/.*/, ''));
      }
    },
    async fill(fields) {
      for (const [label, text] of Object.entries(fields)) {
        const isChoice = (await field(label).evaluate(({ tagName }) => tagName)) === 'SELECT';
        await (isChoice ? field(label).selectOption(text) : field(label).fill(text));
        followed.push(label, text);
      }
    },
    async drop(label, bytes) {
      await dropFile(page, field(label), 'data.tgz', bytes);
      followed.push(label);
    },
    async see(...texts) {
      for (const text of texts) {
        await visible(page.getByText(text, { exact: true }))
          .first()
          .waitFor();
        followed.push(text);
      }
    },
    async readFact(name) {
      const names = page.locator('dt').filter({ hasText: new RegExp(`^${escaped(name)}$`) });
      const text = await visible(names).locator('+ dd').innerText();
      followed.push(name);
      return text;
    },
    run(by, command) {
      followed.push(command);
      return by(command);
    },
  };
};
