import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { type Console, startConsole, type Tab, withoutChromium } from './browser.ts';
import { containerStories } from './container-stories.ts';
import { elementStories } from './element-stories.ts';
import { readInstructions } from './instructions.ts';
import { begin, type Stories } from './newcomer.ts';

const without = withoutChromium();
const PAGES = join(import.meta.dirname, '../../docs/workflows');
const NO_WORKFLOW = ['README.md', 'console.md'];

const instructions = readInstructions();
const stories: Stories = { ...elementStories, ...containerStories };

/** Those of the marks that were met in their order, whatever else was done in between. */
const metInOrder = (marks: readonly string[], followed: readonly string[]): string[] => {
  let at = 0;
  return marks.filter((mark) => {
    const found = followed.indexOf(mark, at);
    if (found >= 0) at = found + 1;
    return found >= 0;
  });
};

describe.skipIf(without !== undefined)(titled('the console, by its documentation alone', without), () => {
  let shown: Console;
  let tab: Tab;
  beforeAll(async () => {
    shown = await startConsole();
    tab = await shown.openForAll();
  });
  afterAll(() => shown.stop());

  it('every workflow is told there, and all that is told there is done here', () => {
    const workflows = readdirSync(PAGES).filter((name) => !NO_WORKFLOW.includes(name));
    const told = [...instructions.keys()];
    expect(told).toEqual(expect.arrayContaining(workflows.map((name) => name.replace(/\.md$/, ''))));
    expect(Object.keys(stories).toSorted()).toEqual(told.toSorted());
  });

  for (const [name, story] of Object.entries(stories)) {
    it(`${name}: is done by the labels that are told, in their order`, async () => {
      await tab.page.goto(`${shown.url}/#/`);
      const newcomer = begin(tab.page);
      await story(newcomer, shown.taskport);
      const marks = instructions.get(name) ?? [];
      expect(metInOrder(marks, newcomer.followed)).toEqual(marks);
      expect(tab.complaints).toEqual([]);
    });
  }
});
