import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { bundleFunction, FORM } from '../infra/bundling.ts';
import { localEnvironment } from '../infra/local/client-config.ts';
import { environmentNames } from '../lib/adapters/environment.ts';
import { COLD_START_BAR } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';

const RUNS = 25;

const run = promisify(execFile);

const TARGET = `node${process.versions.node}`;
const pathTo = (entry: string): string => fileURLToPath(new URL(entry, import.meta.url));

/** Bundles as it is deployed, but for the Node at hand. */
const bundle = (entry: string, directory: string): string => {
  bundleFunction(pathTo(entry), directory, TARGET);
  return pathToFileURL(join(directory, 'index.mjs')).href;
};

/** Bundles plainly, into one file, so that what the API leaves out, or loads later, counts. */
const bundlePlainly = (entry: string, outfile: string): string => {
  buildSync({ ...FORM, splitting: false, entryPoints: [pathTo(entry)], outfile, target: TARGET });
  return pathToFileURL(outfile).href;
};

/**
 * Microseconds of a processor that a fresh process takes to import a module: what Lambda, which gives a function part of one,
 * makes it wait for, and what others on this machine do not move.
 */
const importTime = async (url: string): Promise<number> => {
  const program = `const from = process.cpuUsage();
    await import(${JSON.stringify(url)});
    const { user, system } = process.cpuUsage(from);
    process.stdout.write(String(user + system));
    process.exit();`;
  const names = Object.fromEntries(Object.values(environmentNames).map((name) => [name, 'bench']));
  const env = { ...process.env, ...localEnvironment, ...names };
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { env });
  return Number(stdout);
};

/** What importing the API costs over importing what it stands on, in the form in which Lambda gets them. */
export const measureColdStart = async (): Promise<Figure[]> => {
  const directory = await mkdtemp(join(tmpdir(), 'taskport-bench-'));
  try {
    const api = bundle('../functions/api/index.ts', join(directory, 'api'));
    const floor = bundlePlainly('./floor.ts', join(directory, 'floor.mjs'));
    const ratios: number[] = [];
    for (let n = 0; n < RUNS; n += 1) {
      if (n % 2 === 0) {
        ratios.push((await importTime(api)) / (await importTime(floor)));
      } else {
        const floorTime = await importTime(floor);
        ratios.push((await importTime(api)) / floorTime);
      }
    }
    return [atMost('import time of the API over Hono and its SDK clients', median(ratios), COLD_START_BAR)];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
