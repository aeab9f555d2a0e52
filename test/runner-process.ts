/** A runner in a process of its own, as users start it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { PATIENCE } from './patience.ts';

const COMMAND = join(import.meta.dirname, '..', manifest.bin.taskport);

export interface RunnerProcess {
  readonly child: ChildProcess;
  /** All that it has said. */
  said(): string;
  /** Ends it; what it runs goes on. */
  stop(): Promise<void>;
}

/** Starts a runner of a location on an engine, and waits until it runs what is bound there. Throws what it said where it ends before. */
export const startRunner = async (
  url: string,
  engine: string,
  location: string,
  ...more: readonly string[]
): Promise<RunnerProcess> => {
  const { PATH, HOME } = process.env;
  const child = spawn(
    process.execPath,
    [COMMAND, 'runner', '--executor-location', location, '--engine', engine, ...more],
    { env: { PATH, HOME, TASKPORT_URL: url }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await vi.waitUntil(() => hasEnded() || said.includes('runs what is bound'), PATIENCE);
  if (hasEnded()) throw new Error(`the runner ended with ${child.exitCode}:\n${said}`);
  return {
    child,
    said: () => said,
    stop: async () => {
      if (hasEnded()) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};

/** A directory of a runner's own, and what removes it. */
export const stateDirectory = (): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'taskport-runner-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
};

const docker = (engine: string, ...args: readonly string[]): string[] =>
  spawnSync('docker', ['-H', engine, ...args], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line !== '');

/** What runners of a service have on an engine, as `docker <sort> ls --format` shows it; IDs unless it says otherwise. */
export const ofService = (
  engine: string,
  url: string,
  sort: 'container' | 'volume',
  format = sort === 'volume' ? '{{.Name}}' : '{{.ID}}',
): string[] => {
  const all = sort === 'container' ? ['--all'] : [];
  return docker(
    engine,
    sort,
    'ls',
    ...all,
    '--filter',
    `label=dev.taskport.service=${url}`,
    '--format',
    format,
  );
};

/** Removes all that runners of a service have made on an engine. */
export const clearEngine = (engine: string, url: string): void => {
  const containers = ofService(engine, url, 'container');
  if (containers.length > 0) docker(engine, 'rm', '-f', '-v', ...containers);
  const volumes = ofService(engine, url, 'volume');
  if (volumes.length > 0) docker(engine, 'volume', 'rm', '-f', ...volumes);
};
