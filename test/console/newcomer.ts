/** Somebody who has read the page of the workflows, and has nothing but it and what the console shows. */
import type { Locator, Page } from 'playwright-core';
import type { Taskport } from '../../client/index.ts';
import { dropFile } from './dropping.ts';

export interface Newcomer {
  readonly page: Page;
  /** The labels that were pressed, filled in and read, and what was filled in and seen, in this order. */
  readonly followed: readonly string[];
  /** From the list of locations to one of them, and to an element in it. */
  goTo(location: string, element?: string): Promise<void>;
  /** Presses the button, the link or the triangle that is called so. */
  press(...labels: readonly string[]): Promise<void>;
  /** Fills in, or chooses, what the fields of these labels ask for. */
  fill(fields: Readonly<Record<string, string>>): Promise<void>;
  /** Drops a file on the field of this label. */
  drop(label: string, bytes: Uint8Array): Promise<void>;
  /** Waits until this text stands on the page. */
  see(...texts: readonly string[]): Promise<void>;
  /** Reads what stands beside a name. */
  readFact(name: string): Promise<string>;
  /** Waits for the view that has this title. */
  arriveAt(title: string): Promise<void>;
  /** Runs a command that is told. */
  run<T>(by: (command: string) => T, command: string): T;
}

/** What somebody does who follows an instruction, and what they have to see; the client is to see whether it is so. */
type Story = (newcomer: Newcomer, taskport: Taskport) => Promise<void>;

/** By the instruction: a row is known by the page of its workflow, a paragraph by its first words. */
export type Stories = Readonly<Record<string, Story>>;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** One who begins with what a page shows. */
export const begin = (page: Page): Newcomer => {
  const followed: string[] = [];
  /** What is called exactly so and seen: two of them would be a riddle, and none is a fault of the page or of what was read. */
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
        // A button at one of several says in its name which it is at.
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
