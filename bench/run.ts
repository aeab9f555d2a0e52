import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RUN_BARS } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { docker, type Stand, withStand } from './stand.ts';

const ROUNDS = 15;
/** Rounds that do not count: they pull the image and warm the code. */
const WARM_UP = 3;
const COMMAND = join(import.meta.dirname, '../dist/cli/main.js');
const PROGRAM = ['/bin/busybox', 'true'];

const run = promisify(execFile);

/** Milliseconds that a program takes. */
const timeOf = async (program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> => {
  const from = performance.now();
  await run(program, [...args], { env });
  return performance.now() - from;
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

/**
 * Time of a run from the command line to its exit code over `docker run --rm` of the same image, and of `ps` over a Node that does nothing. They
 * take turns.
 */
const measure = async (stand: Stand): Promise<Figure[]> => {
  const env = { PATH: process.env.PATH, TASKPORT_URL: stand.url };
  const ways = {
    run: () =>
      timeOf(
        process.execPath,
        [COMMAND, 'run', '--executor-location', 'boxes', 'library/base', ...PROGRAM],
        env,
      ),
    byHand: async () =>
      timeOf(
        'docker',
        ['-H', stand.engine, 'run', '--rm', '--pull', 'never', await pulledImage(stand), ...PROGRAM],
        env,
      ),
    ps: () => timeOf(process.execPath, [COMMAND, 'ps', '--executor-location', 'boxes'], env),
    nothing: () => timeOf(process.execPath, ['-e', '0'], env),
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS + WARM_UP; round += 1)
    for (const [name, way] of Object.entries(ways)) {
      const took = await way();
      if (round >= WARM_UP) times[name] = [...(times[name] ?? []), took];
    }
  const of = (name: keyof typeof ways): number => median(times[name] ?? []);
  const all = (Object.keys(ways) as (keyof typeof ways)[]).map((name) => `${name} ${of(name).toFixed(0)}`);
  console.error(`milliseconds, median: ${all.join(', ')}`);
  return [
    atMost(
      'time of `taskport run` of `true` over that of `docker run --rm`',
      of('run') / of('byHand'),
      RUN_BARS.run,
    ),
    atMost('time of `taskport ps` over that of node -e 0', of('ps') / of('nothing'), RUN_BARS.ps),
  ];
};

export const measureRun = (): Promise<Figure[]> => withStand(measure);
