/** The console in a real browser, from a local host. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished, vi } from 'vitest';
import { Taskport } from '../../client/index.ts';
import { startHost } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';

/** Debian's package; the variable can name another. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why no browser runs here; undefined if one does. */
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
  /** A tab for one test; errors of the page fail a test that uses `complaints`. */
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
  /** Errors of scripts, and violations of the page's policy. */
  readonly complaints: readonly string[];
}

/** Navigates again if the browser breaks off because an engine of another test has changed the networks of the machine. */
const steadily = async (navigate: () => Promise<unknown>): Promise<void> => {
  await navigate().catch((error: Error) => {
    if (!error.message.includes('ERR_NETWORK_CHANGED')) throw error;
    return navigate();
  });
};

/**
 * A host with the console that the run has built from the present sources, and a browser. The host is bundled, unless a test replaces some of its
 * modules.
 */
export const startConsole = async (start = startHost): Promise<Console> => {
  vi.spyOn(console, 'info').mockImplementation(() => {});
  const { url, stop } = await start({ port: 0, onEvent: () => {} });
  const browser = await launch();
  const idle: Page[] = [];
  const show = async (page: Page, path = ''): Promise<Tab> => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // The browser also logs refusals of the service as errors.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        complaints.push(message.text());
      }
    });
    page.setDefaultTimeout(PATIENCE.timeout);
    const isThere = page.url().startsWith(url);
    await steadily(() => page.goto(`${url}/${path}`));
    // On an open page, the navigation only changed the hash.
    if (isThere) await steadily(() => page.reload());
    await page.getByRole('heading', { level: 1 }).waitFor();
    return { page, complaints };
  };
  /** Resets a tab except for its window, because opening a window takes longer than a test. */
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
      // During a transition of colours, the contrast is neither of both.
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      return show(page, path);
    },
    openForAll: async () => show(await browser.newPage({ viewport: { width: 1100, height: 800 } })),
    stop: async () => {
      // A request that a test changes on its way may still be under way.
      const pages = browser.contexts().flatMap((context) => context.pages());
      await Promise.all(pages.map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
      await browser.close();
      await stop();
    },
  };
};

/** Saves a screenshot, for people. */
export const keepScreenshot = async (page: Page, name: string): Promise<void> => {
  mkdirSync(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTEFACTS, `${name}.png`), fullPage: true });
};

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Checks a page against WCAG 2.2 AA and axe's best practices, as far as axe can. */
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

/** Checks that a page needs no sideways scrolling. */
export const expectNoSidewaysScroll = async (page: Page): Promise<void> => {
  const [needed, there] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  expect(needed).toBeLessThanOrEqual(there);
};
