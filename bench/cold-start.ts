import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { bundleFunction, FORM } from '../build/function-bundle.ts';
import type { FunctionWiring } from '../infra/function-wiring.ts';
import { localEnvironment } from '../infra/local/client-config.ts';
import { allFunctions } from '../infra/wiring.ts';
import { environmentNames } from '../lib/adapters/environment.ts';
import { COLD_START_BAR, SIZE_BARS } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { floors, toModule } from './floors.ts';

const RUNS = 15;

const run = promisify(execFile);

const TARGET = `node${process.versions.node}`;
const pathTo = (entry: string): string => fileURLToPath(new URL(entry, import.meta.url));

/** Bundles as for deployment, but for the Node version of this machine. */
const bundle = async (entry: string, directory: string): Promise<string> => {
  await bundleFunction(pathTo(entry), directory, TARGET);
  return pathToFileURL(join(directory, 'index.mjs')).href;
};

/** Bundles the packages of a function into one file. Code that the function leaves out or loads later counts. */
const bundleFloor = (contents: string, outfile: string): string => {
  const stdin = { contents, resolveDir: import.meta.dirname };
  buildSync({ ...FORM, splitting: false, stdin, outfile, target: TARGET });
  return pathToFileURL(outfile).href;
};

/** Bytes read at a start: the entry, and its static imports. */
const sizeOf = async (url: string, seen = new Set<string>()): Promise<number> => {
  if (seen.has(url)) return 0;
  seen.add(url);
  const text = await readFile(fileURLToPath(url), 'utf8');
  const imported = [...text.matchAll(/(?:from|import)"(\.\/[^"]+)"/g)].map(
    ([, path]) => new URL(path as string, url).href,
  );
  const sizes = await Promise.all(imported.map((each) => sizeOf(each, seen)));
  return sizes.reduce((sum, size) => sum + size, Buffer.byteLength(text));
};

/**
 * Microseconds of processor time that a fresh process takes to import a module. Lambda gives a function part of a processor, so this is the wait
 * of a cold start, and other processes on this machine do not change it.
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

const measureOne = async (
  name: FunctionWiring['name'],
  entry: string,
  directory: string,
): Promise<Figure[]> => {
  const own = await bundle(`../${entry}`, join(directory, name));
  const contents = toModule(floors[name]);
  const floor = bundleFloor(contents, join(directory, `${name}-floor.mjs`));
  // The same form as the function, so that the difference is our code.
  await bundleFunction(
    { contents, resolveDir: import.meta.dirname },
    join(directory, `${name}-floor`),
    TARGET,
  );
  const bare = pathToFileURL(join(directory, `${name}-floor`, 'index.mjs')).href;
  const ratios: number[] = [];
  for (let n = 0; n < RUNS; n += 1) {
    // Takes turns, so that a warm cache favours neither.
    const floorFirst = n % 2 === 1 ? await importTime(floor) : undefined;
    const time = await importTime(own);
    ratios.push(time / (floorFirst ?? (await importTime(floor))));
  }
  const size = (await sizeOf(own)) / (await sizeOf(bare));
  return [
    atMost(`import time of ${name} over that of its SDK clients`, median(ratios), COLD_START_BAR),
    atMost(`size of ${name} over that of its SDK clients`, size, SIZE_BARS[name] ?? COLD_START_BAR),
  ];
};

/** Import cost of each function over its packages alone, in the form that Lambda gets. */
export const measureColdStart = async (): Promise<Figure[]> => {
  const directory = await mkdtemp(join(tmpdir(), 'taskport-bench-'));
  try {
    const figures: Figure[] = [];
    for (const { name, entry } of allFunctions) figures.push(...(await measureOne(name, entry, directory)));
    return figures;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
