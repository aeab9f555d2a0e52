import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleHost } from './host-bundle.ts';

/** Each project of the run loads this module again. */
const kept = globalThis as { taskportBuilt?: Promise<void> };

const build = async (): Promise<void> => {
  execFileSync('npm', ['run', '--silent', 'prepare'], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
  });
  await bundleHost();
};

/** Builds the package and the functions once for the whole run, before any test. */
export default async function setup(): Promise<void> {
  kept.taskportBuilt ??= build();
  await kept.taskportBuilt;
}
