import { mkdirSync, readdirSync } from 'node:fs';
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

/** Creates the directory; answers which files of earlier versions it holds. */
export const openState = (directory: string): string[] => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return readdirSync(directory).filter((name) => FORMER.includes(name));
};
