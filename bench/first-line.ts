import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Taskport } from '../client/taskport.ts';
import { packRootFilesystem } from '../examples/demo/root-filesystem.ts';
import { makeBundle, withoutRunc } from '../test/bundle.ts';
import { FIRST_LINE_BAR_MS } from './bars.ts';
import { type Figure, median } from './figures.ts';
import { startProduct } from './product.ts';

const ROUNDS = 20;
/** Rounds before those that count: the layer is pulled, and the code gets hot. */
const WARM_UP = 3;
const EXECUTOR = 'executor://boxes/one';

/** Starts a runner, and settles once it runs what is bound. */
const startRunner = async (url: string, state: string): Promise<ChildProcess> => {
  const runner = spawn(
    process.execPath,
    ['dist/cli/main.js', 'runner', '--executor-location', 'boxes', '--state', state],
    {
      cwd: join(import.meta.dirname, '..'),
      env: { ...process.env, TASKPORT_URL: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await new Promise<void>((ready) => {
    runner.stdout?.on('data', (said) => String(said).includes('runs what is bound') && ready());
  });
  return runner;
};

/** When the file has as many lines. */
const whenLines = (path: string, count: number): Promise<number> =>
  new Promise((settle) => {
    const look = async (): Promise<void> => {
      const text = existsSync(path) ? await readFile(path, 'utf8') : '';
      if (text.split('\n').length <= count) return;
      watcher.close();
      settle(performance.now());
    };
    const watcher = watch(join(path, '..'), () => void look());
    void look();
  });

/** An executor with a root filesystem, a log and a task that prints one line. */
const furnish = async (
  { locations, elements, data, compositions }: Taskport,
  directory: string,
): Promise<void> => {
  for (const [name, kind] of [
    ['library', 'image'],
    ['jobs', 'task'],
    ['output', 'log'],
    ['boxes', 'executor'],
  ] as const)
    await locations.create({ name, kind });
  packRootFilesystem(join(directory, 'files'));
  const tar = spawn('tar', ['-c', '-C', join(directory, 'files/root'), '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await data.upload({ id: 'image://library/base' }, new Uint8Array(await buffer(tar.stdout)));
  await elements.create({
    id: 'log://output/all',
    spec: { file: { path: join(directory, 'output/all.log') } },
  });
  await elements.create({ id: 'task://jobs/line', spec: { process: { args: ['/bin/echo', 'line'] } } });
  await elements.create({ id: EXECUTOR });
  let { handle } = await compositions.open(EXECUTOR);
  const parts = [
    { id: 'image://library/base', mount: { path: '/' } },
    { id: 'log://output/all' },
    { id: 'task://jobs/line' },
  ];
  for (const part of parts) ({ handle } = await compositions.join(handle, part));
  await compositions
    .bind(handle, 'image://library/base')
    .then(({ handle: next }) => compositions.bind(next, 'log://output/all'));
};

/** Binds the task, and answers how long after the answer its line was in its log; leaves everything as it was. */
const bindOnce = async (
  { compositions, elements }: Taskport,
  log: string,
  round: number,
): Promise<number> => {
  const { handle } = await compositions.open(EXECUTOR);
  const line = whenLines(log, round);
  const bound = await compositions.bind(handle, 'task://jobs/line');
  const answered = performance.now();
  const took = (await line) - answered;
  for (;;) {
    const { composition } = await elements.read(EXECUTOR);
    if (composition?.members.some(({ task }) => task?.state === 'exited')) break;
  }
  await compositions.unbind(bound.handle, 'task://jobs/line');
  return took;
};

/** How long `runc run` of the same bundle takes to its first line. */
const runByHand = async (bundle: string, round: number): Promise<number> => {
  const from = performance.now();
  const child = spawn('runc', ['--root', join(bundle, 'state'), 'run', '--bundle', bundle, `line-${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const took = performance.now() - from;
  await once(child, 'exit');
  return took;
};

/** The bundle of the plan, made by hand. */
const bundleOf = async ({ compositions, elements }: Taskport, directory: string): Promise<string> => {
  const bundle = join(directory, 'bundle');
  await mkdir(bundle);
  const { handle } = await compositions.open(EXECUTOR);
  const plan = await compositions.plan(handle, 'oci');
  await makeBundle(plan, bundle, async () => {
    const { url } = await elements.locateData('image://library/base');
    return new Uint8Array(await (await fetch(url)).arrayBuffer());
  });
  return bundle;
};

/** From the answer to a bind to the first line in the task's log, over `runc run` of the same bundle by hand, each in turn. */
export const measureFirstLine = async (): Promise<Figure[]> => {
  const lack = withoutRunc();
  if (lack !== undefined) {
    console.error(`not measured: ${lack}`);
    return [];
  }
  const product = await startProduct();
  const directory = product.directory;
  const taskport = new Taskport({ url: product.url });
  await furnish(taskport, directory);
  const bundle = await bundleOf(taskport, directory);
  const runner = await startRunner(product.url, join(directory, 'state'));
  const log = join(directory, 'output/all.log');
  await mkdir(join(directory, 'output'), { recursive: true });
  const [bound, byHand]: [number[], number[]] = [[], []];
  try {
    for (let round = 1; round <= ROUNDS + WARM_UP; round += 1) {
      bound.push(await bindOnce(taskport, log, round));
      byHand.push(await runByHand(bundle, round));
    }
  } finally {
    runner.kill('SIGTERM');
    await once(runner, 'exit');
    await product.stop();
  }
  const more = median(bound.slice(WARM_UP)) - median(byHand.slice(WARM_UP));
  return [
    {
      name: 'milliseconds from a bind to the first line, more than runc by hand takes, median',
      value: `${more.toFixed(0)} (${median(bound.slice(WARM_UP)).toFixed(0)} against ${median(byHand.slice(WARM_UP)).toFixed(0)})`,
      bar: `at most ${FIRST_LINE_BAR_MS}`,
      ok: more <= FIRST_LINE_BAR_MS,
    },
  ];
};
