/** The console in a real browser, against a local host that serves it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished, vi } from 'vitest';
import { bundleConsole } from '../../build/console-bundle.ts';
import { Taskport } from '../../client/index.ts';
import { startHost } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';

/** Debian's package; another can be named. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why no browser runs here, or undefined where one does. */
export const withoutChromium = (): string | undefined =>
  existsSync(CHROMIUM) ? undefined : `there is no ${CHROMIUM}`;

const ARTEFACTS = join(import.meta.dirname, '../../artefacts/console');

export const launch = (...args: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    timeout: PATIENCE.timeout,
    args: [...args, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });

export interface Console {
  readonly url: string;
  readonly taskport: Taskport;
  /** A tab for the test that asks for it; what the page says that is wrong fails the test that asks for `complaints`. */
  open(path?: string, look?: Look): Promise<Tab>;
  /** A tab for all tests of the file. */
  openForAll(): Promise<Tab>;
  stop(): Promise<void>;
}

interface Look {
  readonly width?: number;
}

export interface Tab {
  readonly page: Page;
  /** Errors of scripts, and what the page's policy refused. */
  readonly complaints: readonly string[];
}

/** A host with the console as it is now in the sources, and a browser. The host is of a bundle, unless a test puts something else into its modules. */
export const startConsole = async (start = startHost): Promise<Console> => {
  vi.spyOn(console, 'info').mockImplementation(() => {});
  const directory = mkdtempSync(join(tmpdir(), 'taskport-console-'));
  bundleConsole(directory);
  process.env.TASKPORT_CONSOLE = directory;
  const { url, stop } = await start({ port: 0, onEvent: () => {} });
  const browser = await launch();
  const idle: Page[] = [];
  const show = async (page: Page, path = ''): Promise<Tab> => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // What the service refuses is told as an error too, and is none.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        complaints.push(message.text());
      }
    });
    page.setDefaultTimeout(PATIENCE.timeout);
    const isThere = page.url().startsWith(url);
    await page.goto(`${url}/${path}`);
    // Within a page that is open already, that was no more than a click.
    if (isThere) await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    return { page, complaints };
  };
  /** Leaves a tab as if it were new, but for its window: to open one takes more than all that a test does in it. */
  const leave = async (page: Page): Promise<void> => {
    page.removeAllListeners();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.evaluate('localStorage.clear(); sessionStorage.clear()');
    idle.push(page);
  };
  return {
    url,
    taskport: new Taskport({ url }),
    open: async (path, { width = 1100 } = {}) => {
      const page = idle.pop() ?? (await browser.newPage());
      onTestFinished(() => leave(page));
      // A colour that is on its way to another has the contrast of neither.
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      return show(page, path);
    },
    openForAll: async () => show(await browser.newPage({ viewport: { width: 1100, height: 800 } })),
    stop: async () => {
      await browser.close();
      await stop();
      delete process.env.TASKPORT_CONSOLE;
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** Keeps what a page looks like, for people. */
export const keepScreenshot = async (page: Page, name: string): Promise<void> => {
  mkdirSync(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTEFACTS, `${name}.png`), fullPage: true });
};

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Holds a page to WCAG 2.2 AA, as far as axe can tell, and to what it calls best practice. */
export const expectAccessible = async (page: Page): Promise<void> => {
  const isLoaded = await page.evaluate<boolean>('typeof axe === "object"');
  if (!isLoaded) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>('axe.run()');
  const told = violations.map(({ id, nodes }) => ({
    id,
    where: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`),
  }));
  expect(told).toEqual([]);
};

/** Holds a page to showing everything without scrolling sideways. */
export const expectNoSidewaysScroll = async (page: Page): Promise<void> => {
  const [needed, there] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(needed).toBeLessThanOrEqual(there);
};
