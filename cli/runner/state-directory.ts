import { mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../io.ts';

/** What runners had in their state that ran tasks by themselves (`UPGRADING.md`). */
const FORMER = ['attempts', 'executors', 'layers', 'runc', 'volumes'];

/** Where a runner keeps what it has to remember, unless it is told otherwise. */
export const stateOf = (location: string, { XDG_STATE_HOME, HOME = homedir() }: Io['env']): string =>
  process.getuid?.() === 0
    ? join('/var/lib/taskport', location)
    : join(XDG_STATE_HOME || join(HOME, '.local/state'), 'taskport', location);

/** Makes the directory; answers what it holds that only runners of before knew. */
export const openState = (directory: string): string[] => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return readdirSync(directory).filter((name) => FORMER.includes(name));
};
