/** A service, an engine and a runner, for measurements of tasks. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Taskport } from '../client/taskport.ts';
import { startDocker, withoutDocker } from '../test/docker/dockerd.ts';
import type { Figure } from './figures.ts';
import { startProduct } from './product.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const COMMAND = join(ROOT, 'dist/cli/main.js');

const IMAGE = 'image://library/base';
export const LOG = 'log://output/all';

/** A service, an engine and a runner, and the path of the log. */
export interface Stand {
  readonly taskport: Taskport;
  readonly url: string;
  readonly engine: string;
  readonly log: string;
  /** Bytes of the service's resident memory. */
  readonly residentBytes: () => number;
}

/** Runs `docker`, and answers its output. */
export const docker = async (
  { engine }: Pick<Stand, 'engine'>,
  ...args: readonly string[]
): Promise<string> => (await run('docker', ['-H', engine, ...args])).stdout;

/** Starts a runner, and settles once it runs bound tasks. */
const startRunner = async (url: string, engine: string, directory: string): Promise<ChildProcess> => {
  const at = (name: string): string => join(directory, name);
  const options = ['--engine', engine, '--state', at('state'), '--logs', at('logs')];
  const runner = spawn(process.execPath, [COMMAND, 'runner', '--executor-location', 'boxes', ...options], {
    env: { ...process.env, TASKPORT_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((ready, fail) => {
    runner.stdout?.on('data', (said) => String(said).includes('runs the bound tasks') && ready());
    runner.once('exit', () => fail(new Error('the runner ended before it ran anything')));
  });
  return runner;
};

/** Makes locations, an image of this machine's busybox, and a log. */
const furnish = async ({ taskport: { locations, elements }, log }: Stand, url: string): Promise<void> => {
  const kinds = { library: 'image', jobs: 'task', output: 'log', boxes: 'executor' } as const;
  for (const [name, kind] of Object.entries(kinds)) await locations.create({ name, kind });
  const { stdout } = await run('sh', ['-c', 'realpath "$(command -v busybox)"']);
  const files = join(log, '../../../files');
  await mkdir(join(files, 'bin'), { recursive: true });
  await run('sh', [
    '-c',
    'cp "$1" "$2" && ln -s busybox "$(dirname "$2")/echo"',
    'sh',
    stdout.trim(),
    join(files, 'bin/busybox'),
  ]);
  await run(process.execPath, [COMMAND, 'image', 'push', 'library/base', files], {
    env: { PATH: process.env.PATH, TASKPORT_URL: url },
  });
  await elements.create({ id: LOG, spec: { file: { path: 'all.log' } } });
  await mkdir(join(log, '..'), { recursive: true });
};

/** Makes an executor with the image bound, and the log if one is given. A task with the program joins it. */
export const furnishExecutor = async (
  { taskport: { elements, compositions } }: Stand,
  name: string,
  args: readonly string[],
  log?: string,
): Promise<{ readonly executor: string; readonly task: string }> => {
  const [executor, task] = [`executor://boxes/${name}`, `task://jobs/${name}`];
  await elements.create({ id: executor });
  await elements.create({ id: task, spec: { process: { args } } });
  let { handle } = await compositions.open(executor);
  const beside = [IMAGE, ...(log === undefined ? [] : [log])];
  for (const id of [...beside, task])
    ({ handle } = await compositions.join(handle, id === IMAGE ? { id, mount: { path: '/' } } : { id }));
  for (const id of beside) ({ handle } = await compositions.bind(handle, id));
  return { executor, task };
};

/** The task's state after its end. */
export const ended = async ({ taskport: { elements } }: Stand, executor: string) => {
  for (;;) {
    const { composition } = await elements.read(executor);
    const task = composition?.members.find((member) => member.task)?.task;
    if (task?.state === 'exited' || task?.state === 'failed') return task;
    await new Promise((settle) => setTimeout(settle, 20));
  }
};

/** Measures with a temporary stand; answers no figures if no engine can be started. */
export const withStand = async (measure: (stand: Stand) => Promise<Figure[]>): Promise<Figure[]> => {
  const lack = withoutDocker();
  if (lack !== undefined) {
    console.error(`not measured: ${lack}`);
    return [];
  }
  const engine = await startDocker();
  const product = await startProduct();
  const { url, directory } = product;
  const stand = {
    taskport: new Taskport({ url }),
    url,
    engine: engine.host,
    log: join(directory, 'logs/output/all.log'),
    residentBytes: product.residentBytes,
  };
  let runner: ChildProcess | undefined;
  try {
    await furnish(stand, url);
    runner = await startRunner(url, engine.host, directory);
    return await measure(stand);
  } finally {
    if (runner?.kill('SIGTERM')) await once(runner, 'exit');
    await product.stop();
    await engine.stop();
  }
};
