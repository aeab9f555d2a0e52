/** `npm start` with npm and a shell between the user and the product: if one of them ends, all end. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test as base, expect, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { RECORDED_HOST } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import { parseOutput } from './output.ts';
import { familyOf, freshDirectory, killAll, removeDirectory, stillRunning } from './product.ts';

/** Preloaded into npm alone; the environment must not pass it on to the product. */
const END = new URL('./end-with-runner.mjs', import.meta.url).href;

const SOURCES = '--import tsx infra/local/main.ts';
/** A package whose `npm start` is that of the repository with the bundled program: it starts in a quarter of the time of its sources. */
const bundled = mkdtempSync(join(tmpdir(), 'taskport-start-'));
const start = manifest.scripts.start.replace(SOURCES, RECORDED_HOST);
writeFileSync(join(bundled, 'package.json'), JSON.stringify({ name: 'start', scripts: { start } }));
afterAll(() => rmSync(bundled, { recursive: true }));

const BARE = ['npm', '--prefix', bundled, 'start', '--', '--bare', '--json'];
const FROM_SOURCES = ['npm', 'start', '--', '--bare', '--json'];

interface Started {
  readonly child: ChildProcess;
  readonly directory: string;
  readonly output: () => string;
  /** npm and its descendants. */
  readonly family: readonly number[];
}

type Start = (command?: readonly string[]) => Promise<Started>;

const test = base.extend<{ start: Start }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a test requests.
  start: async ({}, use) => {
    const all: { child: ChildProcess; directory: string; family: number[] }[] = [];
    await use(async ([command = '', ...args] = BARE) => {
      const directory = freshDirectory();
      const { PATH, HOME, TMPDIR } = process.env;
      const child = spawn(command, args, {
        cwd: join(import.meta.dirname, '../..'),
        env: {
          ...{ PATH, HOME, TMPDIR, TASKPORT_DATA: directory, PORT: '0', NODE_OPTIONS: `--import=${END}` },
          // In a terminal, npm draws its progress on the first line of the product.
          npm_config_progress: 'false',
        },
        stdio: ['pipe', 'pipe', 'inherit'],
        detached: true,
      });
      const family: number[] = [];
      all.push({ child, directory, family });
      let said = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const output = () => said.replaceAll('\r', '');
      await vi.waitFor(() => expect(parseOutput(output()).url).toBeDefined(), PATIENCE);
      family.push(...familyOf(child.pid ?? 0));
      return { child, directory, output, family };
    });
    for (const { child, family, directory } of all) {
      const left = new Set([...familyOf(child.pid ?? 0), ...stillRunning(family)]);
      killAll(left);
      removeDirectory(directory);
    }
  },
});

/** No process runs any more, no port is open, and the directory is free. */
const expectGone = async ({ family, directory, output }: Started): Promise<void> => {
  await vi.waitFor(() => expect(stillRunning(family)).toEqual([]), PATIENCE);
  await expect(fetch(`${parseOutput(output()).url}/v1/health`)).rejects.toThrow();
  expect(existsSync(join(directory, 'engines.pid'))).toBe(false);
};

const npm = ({ family }: Started): number => family[0] ?? 0;
/** The child of npm: the product, or a shell that runs it. */
const run = ({ family }: Started): number => family[1] ?? 0;
const group = (started: Started): number => -npm(started);

test.concurrent.for<[NodeJS.Signals, string, (started: Started) => number]>([
  ['SIGINT', 'npm', npm],
  ['SIGKILL', 'npm', npm],
  ['SIGTERM', 'what npm runs', run],
  ['SIGKILL', 'what npm runs', run],
  ['SIGTERM', 'the group', group],
  ['SIGINT', 'the group', group],
  ['SIGHUP', 'the group', group],
  ['SIGKILL', 'the group', group],
])('%s to %s leaves nothing', async ([signal, , target], { start }) => {
  const started = await start();
  process.kill(target(started), signal);
  await expectGone(started);
});

test.skipIf(spawnSync('script', ['--version']).error)(
  'a closed terminal leaves no process',
  async ({ start }) => {
    const started = await start(['script', '-qec', BARE.join(' '), '/dev/null']);
    started.child.kill('SIGKILL');
    await expectGone(started);
  },
);

test('a closed reader of its output leaves no process', async ({ start }) => {
  const started = await start();
  started.child.stdout?.destroy();
  const url = parseOutput(started.output()).url;
  await fetch(`${url}/v1/locations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'jobs', kind: 'task' }),
  });
  await expectGone(started);
});

test('the program of the other tests is that of `npm start`', () => {
  expect(manifest.scripts.start).toContain(SOURCES);
});

test('SIGTERM to npm stops the product, started from its sources, waits for it and leaves nothing', async ({
  start,
}) => {
  const started = await start(FROM_SOURCES);
  const ended = once(started.child, 'exit');
  started.child.kill('SIGTERM');
  await ended;
  expect(stillRunning(started.family)).toEqual([]);
  await expectGone(started);
});
