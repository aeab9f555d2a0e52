import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DOOMED_READER } from '../host-bundle.ts';
import { asideFile, type ReaderSettings } from './reader.ts';

export interface DoomedReader {
  /** Kills it by SIGKILL after a while and restarts it, repeatedly, until told to stop. */
  torment(random: () => number, goOn: () => boolean): Promise<void>;
  readonly kills: number;
  /** IDs of the changes that it set aside. */
  setAside(): readonly string[];
  stop(): Promise<void>;
}

/** Starts a reader of the stream in its own process. `bundleHost` bundles it before. */
export const startDoomedReader = async (
  settings: ReaderSettings,
  env: Readonly<Record<string, string>>,
): Promise<DoomedReader> => {
  let kills = 0;
  const start = async (): Promise<ChildProcess> => {
    const started = fork(DOOMED_READER, [JSON.stringify(settings)], {
      execArgv: [],
      env: { ...process.env, ...env },
    });
    await once(started, 'message');
    return started;
  };
  const kill = async (started: ChildProcess): Promise<void> => {
    const ended = once(started, 'exit');
    started.kill('SIGKILL');
    await ended;
  };
  let child = await start();
  return {
    get kills() {
      return kills;
    },
    torment: async (random, goOn) => {
      while (goOn()) {
        await sleep(500 + random() * 2_500);
        await kill(child);
        kills += 1;
        child = await start();
      }
    },
    setAside: () => {
      const file = asideFile(settings);
      // After a kill between setting aside and the checkpoint, it sets the change aside again.
      return existsSync(file) ? [...new Set(readFileSync(file, 'utf8').trim().split('\n'))] : [];
    },
    stop: () => kill(child),
  };
};
