import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { labelNames } from '../cli/docker/labels.ts';
import { SESSION_BARS } from './bars.ts';
import { atLeast, atMost, exactly, type Figure, median } from './figures.ts';
import { docker, furnishExecutor, type Stand, withStand } from './stand.ts';

const COMMAND = join(import.meta.dirname, '../dist/cli/main.js');
const MIB = 2 ** 20;
/** Keys that count, and keys before them that do not. */
const KEYS = 500;
const WARM_UP = 100;
const ROUNDS = 3;
const CAT_BYTES = 256 * MIB;
const LARGE_BYTES = 1024 * MIB;
const SAMPLE_MS = 100;

/** A running task and its container. */
interface Idle {
  readonly executor: string;
  readonly task: string;
  readonly container: string;
}

/** A program that runs a command in the task's container. */
type Way = (...command: readonly string[]) => ReturnType<typeof spawn>;

const waysTo = (
  { url, engine }: Stand,
  { executor, task, container }: Idle,
): Record<'ours' | 'theirs', Way> => {
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  const env = { PATH: process.env.PATH, TASKPORT_URL: url };
  return {
    ours: (...command) =>
      spawn(process.execPath, [COMMAND, 'exec', '-i', executor, task, '--', ...command], {
        env,
        stdio: [...stdio],
      }),
    theirs: (...command) =>
      spawn('docker', ['-H', engine, 'exec', '-i', container, ...command], { stdio: [...stdio] }),
  };
};

const startIdle = async (stand: Stand): Promise<Idle> => {
  const { compositions } = stand.taskport;
  const one = await furnishExecutor(stand, 'idle', ['/bin/busybox', 'sleep', '100000']);
  await compositions.bind((await compositions.open(one.executor)).handle, one.task);
  for (;;) {
    const { composition } = await stand.taskport.elements.read(one.executor);
    if (composition?.members.find(({ task }) => task)?.task?.state === 'running') break;
    await new Promise((settle) => setTimeout(settle, 20));
  }
  const label = `label=${labelNames.kind}=task`;
  return { ...one, container: (await docker(stand, 'ps', '-q', '--filter', label)).trim() };
};

/** Milliseconds from each typed key until it is shown. */
const typed = async (way: Way): Promise<number> => {
  const { stdin, stdout, ...child } = way('/bin/busybox', 'cat');
  if (!stdin || !stdout) throw new Error('no pipes');
  const times: number[] = [];
  for (let key = 0; key < KEYS + WARM_UP; key += 1) {
    const from = performance.now();
    stdin.write('x');
    await once(stdout, 'data');
    times.push(performance.now() - from);
  }
  stdin.end();
  await once(stdout, 'end');
  void child;
  return median(times.slice(WARM_UP));
};

/** Bytes a second of a file, from its first byte to the last. */
const read = async (way: Way): Promise<number> => {
  const { stdin, stdout } = way('/bin/busybox', 'cat', '/large');
  if (!stdin || !stdout) throw new Error('no pipes');
  stdin.end();
  let from = 0;
  let bytes = 0;
  for await (const part of stdout) {
    if (from === 0) from = performance.now();
    bytes += (part as Buffer).length;
  }
  if (bytes !== CAT_BYTES) throw new Error(`${bytes} bytes of ${CAT_BYTES} came`);
  return (bytes / (performance.now() - from)) * 1000;
};

/** Sends a gigabyte through `cat`, and says whether the same bytes come back. */
const throughCat = async (
  { taskport: { compositions } }: Stand,
  { executor, task }: Idle,
): Promise<string> => {
  const { handle } = await compositions.open(executor);
  const session = await compositions.session(handle, {
    id: task,
    kind: 'exec',
    args: ['/bin/busybox', 'cat'],
  });
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  const giving = (async () => {
    const part = randomBytes(MIB);
    for (let at = 0; at < LARGE_BYTES; at += MIB) {
      part.writeUInt32BE(at / MIB);
      sent.update(part);
      await session.write(part.slice());
    }
    await session.endInput();
  })();
  let bytes = 0;
  for await (const output of session.output()) {
    bytes += output.bytes.length;
    received.update(output.bytes);
  }
  await giving;
  return `${bytes} bytes, ${received.digest('hex') === sent.digest('hex') ? 'as they were sent' : 'others'}`;
};

/** MiB by which the host's resident memory grows at most during `work`. */
const grownBy = async ({ residentBytes }: Stand, work: () => Promise<void>): Promise<number> => {
  const before = residentBytes();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes());
  }, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return (most - before) / MIB;
};

/** The relay compared with `docker exec`: both as commands, on the same engine. They take turns. */
export const measureSessions = (): Promise<Figure[]> =>
  withStand(async (stand) => {
    const idle = await startIdle(stand);
    const { ours, theirs } = waysTo(stand, idle);
    await docker(
      stand,
      'exec',
      idle.container,
      '/bin/busybox',
      'sh',
      '-c',
      `/bin/busybox head -c ${CAT_BYTES} /dev/urandom >/large`,
    );
    const keys: Record<'ours' | 'theirs', number[]> = { ours: [], theirs: [] };
    const rates: typeof keys = { ours: [], theirs: [] };
    let came = '';
    for (let round = 0; round < ROUNDS; round += 1) {
      keys.ours.push(await typed(ours));
      keys.theirs.push(await typed(theirs));
    }
    const grown = await grownBy(stand, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        rates.ours.push(await read(ours));
        rates.theirs.push(await read(theirs));
      }
      came = await throughCat(stand, idle);
    });
    const [key, keyByHand] = [median(keys.ours), median(keys.theirs)];
    const [rate, rateByHand] = [median(rates.ours), median(rates.theirs)];
    const told = [keyByHand, key].map((each) => `${each.toFixed(2)} ms`);
    const toldRates = [rateByHand, rate].map((each) => `${(each / MIB).toFixed(0)} MiB/s`);
    console.error(`by hand and by the relay: a key ${told.join(', ')}; \`cat\` ${toldRates.join(', ')}`);
    return [
      atMost(
        'round trip of a key through the relay, over `docker exec -i`',
        key / keyByHand,
        SESSION_BARS.key,
      ),
      atLeast(
        'throughput of `cat` of 256 MiB through the relay, over `docker exec -i`',
        rate / rateByHand,
        SESSION_BARS.rate,
      ),
      exactly('1 GiB into `cat` and out of it', came, `${LARGE_BYTES} bytes, as they were sent`),
      {
        name: 'MiB that the host grows by meanwhile',
        value: grown.toFixed(0),
        bar: `at most ${SESSION_BARS.memoryMib}`,
        ok: grown <= SESSION_BARS.memoryMib,
      },
    ];
  });
