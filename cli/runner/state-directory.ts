import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../io.ts';

/** Files in the state of runners of earlier versions, which ran tasks themselves (`UPGRADING.md`). */
const FORMER = ['attempts', 'executors', 'layers', 'runc', 'volumes'];

/** The default directory of a runner's state. */
export const stateOf = (location: string, { XDG_STATE_HOME, HOME = homedir() }: Io['env']): string =>
  process.getuid?.() === 0
    ? join('/var/lib/taskport', location)
    : join(XDG_STATE_HOME || join(HOME, '.local/state'), 'taskport', location);

const ARRIVING = 'arriving';

/**
 * The directory for archives on their way to an engine, which its runner empties. Another runner of the location may still save volumes of
 * another engine.
 */
export const arrivingIn = (state: string, host: string): string =>
  join(state, ARRIVING, createHash('sha256').update(host).digest('hex').slice(0, 16));

/** Creates the directory; answers which files of earlier versions it holds. Removes archives of runners that had one directory for all engines. */
export const openState = (directory: string): string[] => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const arriving = join(directory, ARRIVING);
  for (const name of existsSync(arriving) ? readdirSync(arriving) : [])
    if (name.startsWith('part-')) rmSync(join(arriving, name), { recursive: true, force: true });
  return readdirSync(directory).filter((name) => FORMER.includes(name));
};
