/** A runner in its own process, as users start it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import { PATIENCE } from './patience.ts';

/** The command line as it is installed. */
export const COMMAND = join(import.meta.dirname, '..', manifest.bin.taskport);

export interface RunnerProcess {
  readonly child: ChildProcess;
  /** All its output. */
  said(): string;
  hasEnded(): boolean;
  /** Stops it; its tasks run on. */
  stop(): Promise<void>;
}

/** Starts a runner of a location on an engine, and waits until it runs bound tasks. Throws its output if it ends before. */
export const startRunner = async (
  url: string,
  engine: string,
  location: string,
  ...more: readonly string[]
): Promise<RunnerProcess> => {
  const runner = spawnRunner([], url, engine, location, ...more);
  await runsWhatIsBound(runner);
  return runner;
};

/** Waits until a runner runs bound tasks; throws its output if it ends before. */
export const runsWhatIsBound = async ({ child, said, hasEnded }: RunnerProcess): Promise<void> => {
  const deadline = Date.now() + PATIENCE.timeout;
  while (!hasEnded() && !said().includes('runs the tasks that you start in')) {
    if (Date.now() > deadline) throw new Error(`the runner does not run the bound tasks:\n${said()}`);
    await sleep(PATIENCE.interval);
  }
  if (hasEnded()) throw new Error(`the runner ended with ${child.exitCode}:\n${said()}`);
};

/** Starts a runner by a command with the given prefix, without waiting for it. */
export const spawnRunner = (
  within: readonly string[],
  url: string,
  engine: string,
  location: string,
  ...more: readonly string[]
): RunnerProcess => {
  const { PATH, HOME } = process.env;
  const [command = '', ...args] = [...within, process.execPath, COMMAND, 'runner'];
  const child = spawn(command, [...args, '--executor-location', location, '--engine', engine, ...more], {
    env: { PATH, HOME, TASKPORT_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    said: () => said,
    hasEnded,
    stop: async () => {
      if (hasEnded()) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      // A suspended process gets the signal after it continues.
      child.kill('SIGCONT');
      await ended;
    },
  };
};

/** A directory for a runner's state, and its removal. */
export const stateDirectory = (): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'taskport-runner-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
};

const docker = (engine: string, ...args: readonly string[]): string[] =>
  spawnSync('docker', ['-H', engine, ...args], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line !== '');

interface Made {
  readonly service: string;
  /** Only of this location. */
  readonly location?: string;
}

/** The things of a service's runners on an engine, by `docker <sort> ls --format`; their names by default. */
export const madeOn = (
  engine: string,
  { service, location }: Made,
  sort: 'container' | 'volume',
  format = sort === 'volume' ? '{{.Name}}' : '{{.ID}}',
): string[] => {
  const labels = [
    `dev.taskport.service=${service}`,
    ...(location ? [`dev.taskport.location=${location}`] : []),
  ];
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  const all = sort === 'container' ? ['--all'] : [];
  return docker(engine, sort, 'ls', ...all, ...filters, '--format', format);
};

/** Removes all of these from the engine. */
export const clearEngine = (engine: string, made: Made): void => {
  const containers = madeOn(engine, made, 'container');
  if (containers.length > 0) docker(engine, 'rm', '-f', '-v', ...containers);
  const volumes = madeOn(engine, made, 'volume');
  if (volumes.length > 0) docker(engine, 'volume', 'rm', '-f', ...volumes);
};
