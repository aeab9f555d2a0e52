/** The product as a user starts it: the bundled program of `npm start` in its own process. */

import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../lib/defined.ts';
import { RECORDED_HOST } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import { RECORDS } from '../privileges/recording.ts';
import { parseOutput } from './output.ts';

export interface Product {
  readonly pid: number;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** The file of its output. */
  readonly outputFile: string;
  /** Its output so far. */
  output(): string;
  errors(): string;
  /** Its address, once it prints one. Throws with the output if it ends before. */
  listening(): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Stops it, and answers its exit code or signal. */
  stop(): Promise<number | string>;
}

export interface ProductOptions {
  /** `TASKPORT_DATA`. */
  readonly directory: string;
  /** The directory of the output files; by default beside the data directory. */
  readonly outputs?: string;
  /** `PORT`; by default any free port. */
  readonly port?: string;
  /** `--bare --json` by default: without locations and without a runner. */
  readonly args?: readonly string[];
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A directory for the product, not created yet. */
export const freshDirectory = (): string => join(mkdtempSync(join(tmpdir(), 'taskport-host-')), 'data');

/** Removes such a directory with its output files. */
export const removeDirectory = (directory: string): void =>
  rmSync(dirname(directory), { recursive: true, force: true });

let starts = 0;

/** Starts the product. It prints to files, which survive a kill. */
export const startProduct = ({
  directory,
  outputs = directory,
  port = '0',
  args = ['--bare', '--json'],
  env = {},
}: ProductOptions): Product => {
  starts += 1;
  const outputFile = join(dirname(outputs), `${starts}.out`);
  const errorFile = join(dirname(outputs), `${starts}.err`);
  const files = [outputFile, errorFile].map((path) => openSync(path, 'w'));
  const output = () => readFileSync(outputFile, 'utf8');
  const errors = () => readFileSync(errorFile, 'utf8');
  // The rest of the test's environment names other engines.
  const { PATH, HOME, TMPDIR, [RECORDS]: records } = process.env;
  const child = spawn(process.execPath, [RECORDED_HOST, ...args], {
    cwd: join(import.meta.dirname, '../..'),
    env: defined({
      ...env,
      PATH,
      HOME,
      TMPDIR: TMPDIR || undefined,
      [RECORDS]: records || undefined,
      TASKPORT_DATA: directory,
      PORT: port,
      NODE_OPTIONS: `--import=${new URL('./end-with-runner.mjs', import.meta.url).href}`,
    }),
    stdio: ['ignore', ...files],
    // In its own process group, like in a terminal.
    detached: true,
  });
  for (const file of files) closeSync(file);
  let hasEnded = false;
  const ended = new Promise<number | string>((settle) => {
    child.once('exit', (code, signal) => settle(code ?? signal ?? 'unknown'));
    child.once('error', (error) => settle(error.message));
  });
  void ended.then(() => {
    hasEnded = true;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    outputFile,
    output,
    errors,
    listening: async () => {
      const deadline = Date.now() + PATIENCE.timeout;
      for (;;) {
        const { url } = parseOutput(output());
        if (url !== undefined) return url;
        if (hasEnded || Date.now() > deadline) {
          throw new Error(`the product does not listen:\n${output()}${errors()}`);
        }
        await sleep(20);
      }
    },
    signal: (name) => void child.kill(name),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};

/** Processes by their IDs, without zombies. */
const processes = (): { readonly own: number; readonly parent: number }[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([own, parent]) => ({ own: Number(own), parent: Number(parent) }));

/** A process and all its descendants. */
export const familyOf = (pid: number): number[] => {
  const table = processes();
  const family = table.some(({ own }) => own === pid) ? [pid] : [];
  for (const member of family) {
    family.push(...table.filter(({ parent }) => parent === member).map(({ own }) => own));
  }
  return family;
};

/** Kills processes; one of a family may end by itself after another one is killed. */
export const killAll = (pids: Iterable<number>): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
};

/** The processes that still run. */
export const stillRunning = (pids: readonly number[]): number[] => {
  const running = new Set(processes().map(({ own }) => own));
  return pids.filter((pid) => running.has(pid));
};

/** The command lines that contain a directory, such as those of the engines that keep their data in it. */
export const commandsNaming = (directory: string): string[] =>
  execFileSync('ps', ['-A', '-ww', '-o', 'command='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(directory));
