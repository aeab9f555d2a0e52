import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundleConsole } from '../build/console-bundle.ts';
import { CONSOLE_BARS } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { type Product, startProduct } from './product.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ELEMENTS = 10_000;
/** How many are created at a time. */
const PARALLEL = 32;
const ROUNDS = 7;
/** Pixels a frame: faster than anybody reads, and about what a thrown wheel does. */
const STEP = 400;

const post = async ({ url }: Product, path: string, body: object): Promise<void> => {
  const answer = await fetch(`${url}/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
};

const fill = async (product: Product): Promise<void> => {
  await post(product, '/locations', { name: 'many', kind: 'task' });
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < ELEMENTS; at = next++) {
      await post(product, '/elements', { id: `task://many/t${String(at).padStart(5, '0')}` });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
};

const FIRST_PAINT = `new Promise((settle) => {
  const look = () => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (paint) settle(paint.startTime); else requestAnimationFrame(look);
  };
  look();
})`;

/** Milliseconds until a page of the host shows something, in a browser that has nothing of it. */
const firstPaint = async (browser: Browser, url: string): Promise<number> => {
  const page = await browser.newPage();
  await page.goto(url);
  const shown = await page.evaluate<number>(FIRST_PAINT);
  await page.close();
  return shown;
};

/**
 * Scrolls a list to its end, frame by frame, and answers the longest time that a frame took beyond its turn, and how many
 * rows there were. What takes longer than one turn delays the next frame, whatever it is: script, style, layout, paint.
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

/** Of the first view: what the page names. */
const scriptBytes = (directory: string): number =>
  [...readFileSync(join(directory, 'index.html'), 'utf8').matchAll(/\/console\/([^"]+\.js)"/g)].reduce(
    (sum, [, name = '']) => sum + statSync(join(directory, name)).size,
    0,
  );

/** What the console weighs, how soon it shows something, and how smoothly it scrolls. */
export const measureConsole = async (): Promise<Figure[]> => {
  if (!existsSync(CHROMIUM)) {
    console.error(`not measured: there is no ${CHROMIUM}`);
    return [];
  }
  const directory = mkdtempSync(join(tmpdir(), 'taskport-bench-console-'));
  bundleConsole(directory);
  const product = await startProduct({ TASKPORT_CONSOLE: directory });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    await fill(product);
    // A line of text of the same host, without script or style: what any page takes here.
    const paints: Record<'console' | 'plain', number[]> = { console: [], plain: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      paints.plain.push(await firstPaint(browser, `${product.url}/v1/health`));
      paints.console.push(await firstPaint(browser, `${product.url}/`));
    }
    const page = await browser.newPage();
    const pauses: number[] = [];
    for (let round = 0; round < 5; round += 1) pauses.push(await longestPause(page, product.url));
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
        'longest gap between frames while 10,000 elements scroll, ms',
        median(pauses),
        CONSOLE_BARS.pauseMs,
      ),
    ];
  } finally {
    await browser.close();
    await product.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};
