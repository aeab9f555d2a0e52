import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { labelNames } from '../cli/docker/labels.ts';
import { OUTPUT_BARS } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { docker, furnishExecutor, type Stand, withStand } from './stand.ts';

/** Seconds before the first line of the task, for both readers to start. */
const SILENT_SECONDS = 5;
/** Single lines, and the seconds between them. */
const ALONE = { lines: 8, seconds: 4 };
/** Fast lines: their rate a second, and for how long. */
const FAST = { rate: 10_000, seconds: 15 };

const sh = (script: string): string[] => ['/bin/busybox', 'sh', '-c', script];
const alone = sh(
  `for n in $(/bin/busybox seq ${ALONE.lines}); do /bin/busybox sleep ${ALONE.seconds}; echo $n; done`,
);
const fast = sh(
  `for n in $(/bin/busybox seq 0 ${FAST.seconds * 10 - 1}); do /bin/busybox seq $((n * ${FAST.rate / 10} + 1)) $(((n + 1) * ${FAST.rate / 10})); /bin/busybox sleep 0.1; done`,
);

/** The time of each line, in order. */
type Read = readonly number[];

const readByDocker = async ({ engine }: Stand, container: string): Promise<Read> => {
  const child = spawn('docker', ['-H', engine, 'logs', '--follow', container], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const read: number[] = [];
  for await (const _ of createInterface({ input: child.stdout })) read.push(performance.now());
  if (child.exitCode === null) await once(child, 'exit');
  return read;
};

/** Binds a task that writes, and reads its output from the service and from the engine at the same time. */
const readBoth = async (
  stand: Stand,
  name: string,
  args: readonly string[],
): Promise<{ readonly ours: Read; readonly theirs: Read }> => {
  const { compositions, outputs } = stand.taskport;
  const script = `/bin/busybox sleep ${SILENT_SECONDS}; ${args[3]}`;
  const { executor, task } = await furnishExecutor(stand, name, [...args.slice(0, 3), script]);
  await compositions.bind((await compositions.open(executor)).handle, task);
  let container = '';
  const [kind, of] = [`label=${labelNames.kind}=task`, `label=${labelNames.executor}=${executor}`];
  for (; container === ''; await sleep(20))
    container = (await docker(stand, 'ps', '-q', '--filter', kind, '--filter', of)).trim();
  const readOurs = async (): Promise<Read> => {
    const read: number[] = [];
    const lines = outputs.lines({ executorId: executor, taskId: task, attempt: 1 }, 'stdout', {
      follow: true,
    });
    for await (const _ of lines) read.push(performance.now());
    return read;
  };
  const [ours, theirs] = await Promise.all([readOurs(), readByDocker(stand, container)]);
  if (ours.length !== theirs.length) throw new Error(`${ours.length} lines of ${theirs.length} were read`);
  return { ours, theirs };
};

const lags = ({ ours, theirs }: Awaited<ReturnType<typeof readBoth>>): number[] =>
  ours.map((at, line) => at - (theirs[line] as number));

/** Delay of a line through the service, compared with the engine: of single lines, and of many fast ones. */
export const measureOutput = (): Promise<Figure[]> =>
  withStand(async (stand) => {
    const lag = median(lags(await readBoth(stand, 'alone', alone)));
    const many = await readBoth(stand, 'fast', fast);
    const took = (read: Read): number => (read.at(-1) as number) - (many.theirs[0] as number);
    console.error(
      `${FAST.rate} lines a second are read ${median(lags(many)).toFixed(0)} ms later than of the engine, median`,
    );
    return [
      {
        name: 'milliseconds by which a line is read later through the service than by `docker logs`, median',
        value: lag.toFixed(0),
        bar: `at most ${OUTPUT_BARS.aloneMs}`,
        ok: lag <= OUTPUT_BARS.aloneMs,
      },
      atMost(
        `time until ${FAST.rate * FAST.seconds} lines are read that come at ${FAST.rate} a second, over \`docker logs\``,
        took(many.ours) / took(many.theirs),
        OUTPUT_BARS.fast,
      ),
    ];
  });
