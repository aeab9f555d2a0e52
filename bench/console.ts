import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundleConsole } from '../build/console-bundle.ts';
import { Taskport } from '../client/index.ts';
import { CONSOLE_BARS } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { type Product, startProduct } from './product.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ELEMENTS = 10_000;
const RUNS = 10_000;
/** Tasks of each executor. */
const TASKS = 25;
/** Tasks created at a time. */
const PARALLEL = 32;
const ROUNDS = 7;
/** Pixels a frame: faster than people read, about the speed of a flung wheel. */
const STEP = 400;

/** Calls `act` for each number, some at a time. */
const forEach = async (count: number, act: (at: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) await act(at);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
};

const fill = async ({ url }: Product): Promise<void> => {
  const { locations, elements } = new Taskport({ url });
  await locations.create({ name: 'many', kind: 'task' });
  await forEach(ELEMENTS, async (at) => {
    await elements.create({ id: `task://many/t${String(at).padStart(5, '0')}` });
  });
};

/** Fills the service with ended runs; each tenth has failed. */
const fillWithRuns = async ({ url }: Product): Promise<void> => {
  const { locations, elements, compositions } = new Taskport({ url });
  await locations.create({ name: 'images', kind: 'image' });
  await locations.create({ name: 'machines', kind: 'executor' });
  await elements.create({ id: 'image://images/app' });
  const names = Array.from({ length: TASKS }, (_, at) => `t${at}`);
  const members = [
    { id: 'image://images/app', mount: { path: '/' } },
    ...names.map((name) => ({ task: { name, spec: { process: { args: ['/bin/true'] } } } })),
  ];
  await forEach(RUNS / TASKS, async (at) => {
    const executorId = `executor://machines/e${String(at).padStart(4, '0')}`;
    await compositions.compose(executorId, { executor: {}, members, bind: true });
    for (const [place, name] of names.entries()) {
      const exitCode = (at * TASKS + place) % 10 === 0 ? 3 : 0;
      const report = { attempt: 1, at: new Date().toISOString(), state: 'exited', exitCode } as const;
      await elements.report(executorId, `${executorId}/tasks/${name}`, report);
    }
  });
};

const FIRST_PAINT = `new Promise((settle) => {
  const look = () => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (paint) settle(paint.startTime); else requestAnimationFrame(look);
  };
  look();
})`;

/** Milliseconds to the first paint of a page, in a browser with an empty cache. */
const firstPaint = async (browser: Browser, url: string): Promise<number> => {
  const page = await browser.newPage();
  await page.goto(url);
  const shown = await page.evaluate<number>(FIRST_PAINT);
  await page.close();
  return shown;
};

/**
 * Scrolls a list to its end, frame by frame. Answers the longest delay of a frame, and the number of rows. Any work longer than a frame delays
 * the next frame: script, style, layout, paint.
 */
const SCROLL = `(async () => {
  const list = document.querySelector('.list');
  const frame = () => new Promise(requestAnimationFrame);
  let [still, longest, last] = [0, 0, await frame()];
  while (still < 60) {
    const before = list.scrollTop;
    list.scrollTop += ${STEP};
    const now = await frame();
    longest = Math.max(longest, now - last);
    last = now;
    still = list.scrollTop === before ? still + 1 : 0;
  }
  return { longest, rows: Number(list.getAttribute('aria-rowcount')) - 1 };
})()`;

const longestPause = async (page: Page, url: string): Promise<number> => {
  await page.goto(`${url}/#/location/many`);
  await page.locator('.list').waitFor();
  const { longest, rows } = await page.evaluate<{ longest: number; rows: number }>(SCROLL);
  if (rows !== ELEMENTS) throw new Error(`the list ended at ${rows}`);
  return longest;
};

/** Milliseconds for which the page does not respond to input: the longest gap between two frames until the list has `count` rows. */
const NARROWED = (count: number): string => `(async () => {
  const frame = () => new Promise(requestAnimationFrame);
  let [longest, last] = [0, performance.now()];
  const isShown = () => document.querySelector('.filters [role="status"]').textContent.startsWith('${count.toLocaleString('en')} run');
  while (!isShown()) {
    const now = await frame();
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
})()`;

/** Filters the list of all runs by failed, then by one name, then shows all again. */
const longestAnswer = async (page: Page, url: string): Promise<number> => {
  await page.goto('about:blank');
  await page.goto(`${url}/#/`);
  const after = async (count: number, act: () => Promise<unknown>): Promise<number> => {
    const [gap] = await Promise.all([page.evaluate<number>(NARROWED(count)), act()]);
    return gap;
  };
  await page.locator('.filters').waitFor();
  // The list knows the total only after some pages.
  await page.evaluate(NARROWED(RUNS));
  const failed = page.getByRole('button', { name: /failed in 24 hours/ });
  const text = page.getByLabel('Name, image, command or reason');
  return Math.max(
    await after(RUNS / 10, () => failed.click()),
    await after(RUNS, () => failed.click()),
    await after(TASKS, () => text.fill('e0007')),
    await after(RUNS, () => text.fill('')),
  );
};

/** Scripts that the page itself names, which the first view loads. */
const scriptBytes = (directory: string): number =>
  [...readFileSync(join(directory, 'index.html'), 'utf8').matchAll(/\/console\/([^"]+\.js)"/g)].reduce(
    (sum, [, name = '']) => sum + statSync(join(directory, name)).size,
    0,
  );

/** Size of the console, its first paint, and how smoothly it scrolls. */
export const measureConsole = async (): Promise<Figure[]> => {
  if (!existsSync(CHROMIUM)) {
    console.error(`not measured: there is no ${CHROMIUM}`);
    return [];
  }
  const directory = mkdtempSync(join(tmpdir(), 'taskport-bench-console-'));
  bundleConsole(directory);
  const [product, busy] = await Promise.all([
    startProduct({ TASKPORT_CONSOLE: directory }),
    startProduct({ TASKPORT_CONSOLE: directory }),
  ]);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    await fill(product);
    await fillWithRuns(busy);
    // A line of text from the same host, without script or style, for comparison.
    const paints: Record<'console' | 'plain' | 'runs', number[]> = { console: [], plain: [], runs: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      paints.plain.push(await firstPaint(browser, `${product.url}/v1/health`));
      paints.console.push(await firstPaint(browser, `${product.url}/`));
      paints.runs.push(await firstPaint(browser, `${busy.url}/`));
    }
    const page = await browser.newPage();
    const pauses: number[] = [];
    for (let round = 0; round < 5; round += 1) pauses.push(await longestPause(page, product.url));
    const answers: number[] = [];
    for (let round = 0; round < 5; round += 1) answers.push(await longestAnswer(page, busy.url));
    return [
      atMost(
        "script of the console's first view, KB as it is",
        scriptBytes(directory) / 1000,
        CONSOLE_BARS.scriptKb,
      ),
      atMost(
        "first paint of the console, over a plain line's",
        median(paints.console) / median(paints.plain),
        CONSOLE_BARS.firstPaint,
      ),
      atMost(
        "the same with 10,000 runs, over a plain line's",
        median(paints.runs) / median(paints.plain),
        CONSOLE_BARS.firstPaint,
      ),
      atMost(
        'longest gap between frames while 10,000 runs are narrowed, ms',
        median(answers),
        CONSOLE_BARS.narrowMs,
      ),
      atMost(
        'longest gap between frames while 10,000 elements scroll, ms',
        median(pauses),
        CONSOLE_BARS.pauseMs,
      ),
    ];
  } finally {
    await browser.close();
    await Promise.all([product.stop(), busy.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }
};
