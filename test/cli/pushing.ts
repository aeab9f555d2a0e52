/** The setup of tests for pushes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Run, startCommandLine } from './command-line.ts';

/** A directory for the tests of a file, and a service with locations of images and of volumes. */
export const usePushes = () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-pushed-'));
  const inside = (...path: string[]): string => join(directory, ...path);
  let started: Awaited<ReturnType<typeof startCommandLine>>;
  const run: Run = (args, circumstances = {}) =>
    started.run(args, { ...circumstances, env: { XDG_CACHE_HOME: inside('cache'), ...circumstances.env } });
  beforeAll(async () => {
    started = await startCommandLine();
    for (const kind of ['image', 'volume']) await run(['location', 'create', `${kind}s`, '--kind', kind]);
  });
  afterAll(async () => {
    await started.stop();
    rmSync(directory, { recursive: true });
  });
  /** The URL of the service. */
  const url = (): string => started.url;
  return { inside, run, url };
};
