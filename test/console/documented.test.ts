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

/** The longest common sequence of the marks, ignoring other steps in between. */
const metInOrder = (marks: readonly string[], followed: readonly string[]): string[] => {
  let at = 0;
  return marks.filter((mark) => {
    const found = followed.indexOf(mark, at);
    if (found >= 0) at = found + 1;
    return found >= 0;
  });
};

describe.skipIf(without !== undefined)(titled('the console, used by its documentation', without), () => {
  let shown: Console;
  let tab: Tab;
  beforeAll(async () => {
    shown = await startConsole();
    tab = await shown.openForAll();
  });
  afterAll(() => shown.stop());

  it('every workflow has instructions, and all instructions are followed here', () => {
    const workflows = readdirSync(PAGES).filter((name) => !NO_WORKFLOW.includes(name));
    const told = [...instructions.keys()];
    expect(told).toEqual(expect.arrayContaining(workflows.map((name) => name.replace(/\.md$/, ''))));
    expect(Object.keys(stories).toSorted()).toEqual(told.toSorted());
  });

  for (const [name, story] of Object.entries(stories)) {
    it(`${name}: follows the labels in the instructions, in order`, async () => {
      await tab.page.goto(`${shown.url}/#/`);
      const newcomer = begin(tab.page);
      await story(newcomer, shown.taskport);
      const marks = instructions.get(name) ?? [];
      expect(metInOrder(marks, newcomer.followed)).toEqual(marks);
      expect(tab.complaints).toEqual([]);
    });
  }
});
