/**
 * The local host and the command line, bundled: tests that start them often load a tenth of the modules, and no loader of sources.
 * `test/host/npm-start.test.ts` tests `npm start` from its sources.
 */
import { existsSync, statfsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { withoutUnreached } from '../build/without-unreached.ts';

const ROOT = join(import.meta.dirname, '..');
/** As deep below the root as `infra/local`, so that the host finds the console. */
const DIRECTORY = join(ROOT, 'artefacts/host');
const MEMORY = '/dev/shm';
const ROOM = 4 * 2 ** 30;

/** A host of engines alone, to be killed. */
export const DOOMED_HOST = join(DIRECTORY, 'doomed-host.mjs');

/** A process that sends the output of a container, to be killed. */
export const DOOMED_CARRIER = join(DIRECTORY, 'doomed-carrier.mjs');

/** A reader of a table's stream, to be killed. */
export const DOOMED_READER = join(DIRECTORY, 'doomed-reader.mjs');

/** The host as a program that records its functions' requests to AWS. */
export const RECORDED_HOST = join(DIRECTORY, 'recorded-host.mjs');

const bundle = async (): Promise<void> => {
  await rm(DIRECTORY, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      'recorded-host': 'test/host/recorded-host.ts',
      host: 'infra/local/host.ts',
      engines: 'infra/local/engines/engines.ts',
      'engines-process': 'infra/local/engines/engines-process.ts',
      'doomed-host': 'test/engines/doomed-host.ts',
      'doomed-carrier': 'test/docker/doomed-carrier.ts',
      'doomed-reader': 'test/soak/reader.ts',
      'run-command': 'cli/run-command.ts',
    },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: ['koffi'],
    plugins: [withoutUnreached],
    outExtension: { '.js': '.mjs' },
    outdir: DIRECTORY,
    // Packages that exist as CommonJS only call `require` for Node's own modules.
    banner: {
      js: "import{createRequire as require_}from'node:module';const require=require_(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const beside = ['dynoxide-seed.db.gz', 'dynamodb-at-address.java'];
  for (const name of beside) await copyFile(join(ROOT, 'infra/local/engines', name), join(DIRECTORY, name));
};

/** Each project of the run loads this module again. */
const kept = globalThis as { taskportHost?: Promise<void> };

/** Makes the bundle once for the whole run, before any test. */
export const bundleHost = (): Promise<void> => {
  kept.taskportHost ??= bundle();
  return kept.taskportHost;
};

const load = (name: string) => import(/* @vite-ignore */ join(DIRECTORY, `${name}.mjs`));

const hasRoom = (directory: string): boolean => {
  if (!existsSync(directory)) return false;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize > ROOM;
};

/**
 * Starts engines with their data in memory, unless `TMPDIR` is set: dynoxide waits for the disk at every write. Engines create the directory
 * before the call returns its promise.
 */
const inMemory = <T>(start: () => T): T => {
  if (process.env.TMPDIR !== undefined || !hasRoom(MEMORY)) return start();
  process.env.TMPDIR = MEMORY;
  const starting = start();
  delete process.env.TMPDIR;
  return starting;
};

/** Starts engines in their own process. */
export const startEngines: typeof import('../infra/local/engines/engines.ts').startEngines = async (
  options,
) => {
  const engines = await load('engines');
  return inMemory(() => engines.startEngines(options));
};

/** The host, in the process of the test. */
export const startHost: typeof import('../infra/local/host.ts').startHost = async (options) => {
  const host = await load('host');
  return inMemory(() => host.startHost(options));
};

/** The command line, in the process of the test. */
export const runCommand: typeof import('../cli/run-command.ts').runCommand = async (...given) =>
  (await load('run-command')).runCommand(...given);
