import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FIRST_LINE_BAR_MS } from './bars.ts';
import { exactly, type Figure, median } from './figures.ts';
import { docker, ended, furnishExecutor, LOG, type Stand, withStand } from './stand.ts';

const ROUNDS = 20;
/** Rounds that do not count: they pull the image and warm the code. */
const WARM_UP = 3;
/** Tasks bound at the same time. */
const CROWD = 50;

const printing = (word: string): string[] => ['/bin/echo', word];

const linesOf = async (path: string): Promise<string[]> =>
  existsSync(path) ? (await readFile(path, 'utf8')).split('\n').slice(0, -1) : [];

/** Milliseconds until the file has `count` lines. */
const whenLines = (path: string, count: number): Promise<number> =>
  new Promise((settle) => {
    const look = async (): Promise<void> => {
      if ((await linesOf(path)).length < count) return;
      watcher.close();
      settle(performance.now());
    };
    const watcher = watch(join(path, '..'), () => void look());
    void look();
  });

/** Binds the task, and answers the milliseconds from the answer until its line is in its log. Restores the state before. */
const bindOnce = async (
  stand: Stand,
  { executor, task }: { readonly executor: string; readonly task: string },
  round: number,
  steps: Map<string, number[]>,
): Promise<number> => {
  const { compositions } = stand.taskport;
  const { handle } = await compositions.open(executor);
  const line = whenLines(stand.log, round);
  const bound = await compositions.bind(handle, task);
  const [answered, clock] = [performance.now(), Date.now()];
  const took = (await line) - answered;
  for (const { what, at } of await stepsBetween(stand, clock, clock + took))
    steps.set(what, [...(steps.get(what) ?? []), at - clock]);
  await ended(stand, executor);
  await compositions.unbind(bound.handle, task);
  return took;
};

/** A step of the engine in a round, by the engine's clock, which is also ours. */
interface Step {
  readonly what: string;
  readonly at: number;
}

const stepsBetween = async ({ engine }: Stand, from: number, until: number): Promise<Step[]> => {
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  const said = await docker(
    { engine },
    ...['events', '--since', seconds(from), '--until', seconds(until)],
    ...['--filter', 'type=container', '--format', '{{json .}}'],
  );
  return said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ Action }) => Action === 'create' || Action === 'start')
    .map(({ Action, timeNano, Actor: { Attributes } }) => ({
      what: `${Attributes['dev.taskport.kind']} ${Action}`,
      at: timeNano / 1e6,
    }));
};

/** Milliseconds of `docker run` of the same image to its first line. */
const runByHand = async ({ engine }: Stand, image: string): Promise<number> => {
  const from = performance.now();
  const child = spawn(
    'docker',
    ['-H', engine, 'run', '--rm', '--pull', 'never', image, '/bin/echo', 'line'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(child.stdout, 'data');
  const took = performance.now() - from;
  await once(child, 'exit');
  return took;
};

/** The image that the runner has pulled: the largest one. */
const pulledImage = async (stand: Stand): Promise<string> => {
  const ids = (await docker(stand, 'image', 'ls', '-q', '--no-trunc')).split('\n').filter(Boolean);
  const images = JSON.parse(await docker(stand, 'image', 'inspect', ...ids)) as {
    Id: string;
    Size: number;
  }[];
  return images.reduce((one, other) => (other.Size > one.Size ? other : one)).Id;
};

/** Time from the answer to a bind to the first line in the task's log, over `docker run` of the same image. They take turns. */
const measureLine = async (stand: Stand): Promise<Figure> => {
  const one = await furnishExecutor(stand, 'one', printing('one'), LOG);
  const [bound, byHand]: [number[], number[]] = [[], []];
  const steps = new Map<string, number[]>();
  for (let round = 1; round <= ROUNDS + WARM_UP; round += 1) {
    bound.push(await bindOnce(stand, one, round, steps));
    byHand.push(await runByHand(stand, await pulledImage(stand)));
  }
  const [ours, theirs] = [bound, byHand].map((times) => median(times.slice(WARM_UP))) as [number, number];
  const more = ours - theirs;
  const times = [...steps].map(([what, at]) => `${what} ${median(at).toFixed(0)}`);
  console.error(`milliseconds after the bind: ${[...times, `line ${ours.toFixed(0)}`].join(', ')}`);
  return {
    name: 'milliseconds from a bind to the first line, more than `docker run` by hand takes, median',
    value: `${more.toFixed(0)} (${ours.toFixed(0)} against ${theirs.toFixed(0)})`,
    bar: `at most ${FIRST_LINE_BAR_MS}`,
    ok: more <= FIRST_LINE_BAR_MS,
  };
};

/** Of many tasks bound at once, the number that ran to their end exactly once. */
const measureCrowd = async (stand: Stand): Promise<Figure> => {
  const { compositions } = stand.taskport;
  const crowd: { readonly executor: string; readonly task: string; readonly handle: string }[] = [];
  for (let at = 1; at <= CROWD; at += 1) {
    const one = await furnishExecutor(stand, `crowd-${at}`, printing(`crowd-${at}`), LOG);
    crowd.push({ ...one, handle: (await compositions.open(one.executor)).handle });
  }
  const from = performance.now();
  await Promise.all(crowd.map(({ handle, task }) => compositions.bind(handle, task)));
  const tasks = await Promise.all(crowd.map(({ executor }) => ended(stand, executor)));
  console.error(`${CROWD} tasks bound at once have ended after ${Math.round(performance.now() - from)} ms`);
  const words = (await linesOf(stand.log)).map((line) => JSON.parse(line).text);
  const once = crowd.filter(({ task }, at) => {
    const own = words.filter((word) => `task://jobs/${word}` === task);
    const { attempt, exitCode } = tasks[at] as (typeof tasks)[number];
    return own.length === 1 && attempt === 1 && exitCode === 0;
  });
  return exactly(`tasks of ${CROWD} bound at once that ran once each`, String(once.length), String(CROWD));
};

export const measureFirstLine = (): Promise<Figure[]> =>
  withStand(async (stand) => [await measureLine(stand), await measureCrowd(stand)]);
