/** A service and two machines that are killed and restarted, and a counter in a volume. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Taskport } from '../../client/taskport.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { freshDirectory, type Product, removeDirectory, startProduct } from '../host/product.ts';
import { PATIENCE } from '../patience.ts';
import type { RunnerProcess } from '../runner-process.ts';
import { Machine } from '../two-machines/machine.ts';
import { KeptAlive } from './kept-alive.ts';

const LOCATION = 'counters';
const EXECUTOR = `executor://${LOCATION}/one`;
const VOLUME = 'volume://data/counter';
/** Seconds until a silent runner has ended its tasks. */
const SILENCE = '20';
const TASK = 'task://jobs/count';

/** Increments of a run. */
export const INCREMENTS = 5;

/** Appends lines to a history, each a number and its writer; a separate file has the last number. */
const SCRIPT = `
t=$(cat /proc/sys/kernel/random/uuid)
for i in ${Array.from({ length: INCREMENTS }, (_, at) => at).join(' ')}; do
  n=$(( $(cat /data/n 2>/dev/null || echo 0) + 1 ))
  echo "$n $t" >>/data/history
  echo $n >/data/n.new
  mv /data/n.new /data/n
  sleep 0.2
done`;

/** Repeats the call until it succeeds, because the service may be down. */
const insist = async <T>(attempt: () => Promise<T | undefined>): Promise<T> => {
  for (const until = Date.now() + PATIENCE.timeout; ; await sleep(PATIENCE.interval)) {
    try {
      const done = await attempt();
      if (done !== undefined) return done;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    if (Date.now() > until) throw new Error(`does not come about: ${attempt}`);
  }
};

type Runner = RunnerProcess & { readonly ended: Promise<unknown>; kill(): void };
export type KeptRunner = KeptAlive<Runner>;

export class CounterWorld {
  readonly machines: readonly Machine[];
  readonly service: KeptAlive<Product & { kill(): void }>;
  readonly taskport: Taskport;
  readonly #url: string;
  readonly #directory: string;
  readonly #states: string;

  private constructor(
    machines: readonly Machine[],
    service: KeptAlive<Product & { kill(): void }>,
    url: string,
    directory: string,
  ) {
    this.machines = machines;
    this.service = service;
    this.#url = url;
    this.#directory = directory;
    this.#states = mkdtempSync(join(tmpdir(), 'taskport-counter-'));
    this.taskport = new Taskport({ url });
  }

  static async open(): Promise<CounterWorld> {
    const machines = await Promise.all([Machine.start(), Machine.start()]);
    const directory = freshDirectory();
    let port = '0';
    const service = new KeptAlive(() => {
      const product = startProduct({ directory, port, env: { TASKPORT_SILENCE_SECONDS: SILENCE } });
      return Object.assign(product, { kill: () => product.signal('SIGKILL') });
    });
    const url = await service.current.listening();
    port = new URL(url).port;
    const world = new CounterWorld(machines, service, url, directory);
    await world.#furnish();
    return world;
  }

  async #furnish(): Promise<void> {
    const { locations, elements, compositions } = this.taskport;
    const kinds = { library: 'image', data: 'volume', jobs: 'task', [LOCATION]: 'executor' } as const;
    for (const [name, kind] of Object.entries(kinds)) await locations.create({ name, kind });
    const bytes = await archiveOf(busyboxTree());
    await elements.create({ id: 'image://library/base', data: { base64: bytes.toString('base64') } });
    await elements.create({ id: VOLUME });
    await elements.create({ id: EXECUTOR });
    await elements.create({
      id: TASK,
      spec: {
        process: { args: ['/bin/sh', '-c', SCRIPT] },
        restart: { mode: 'on-failure', delaySeconds: 0 },
      },
    });
    let { handle } = await compositions.open(EXECUTOR);
    const members = [
      { id: 'image://library/base', mount: { path: '/' } },
      { id: VOLUME, mount: { path: '/data' } },
      { id: TASK },
    ];
    for (const member of members) ({ handle } = await compositions.join(handle, member));
  }

  /** A runner of a machine, which is restarted whenever it ends. */
  keepRunner(machine: Machine): KeptRunner {
    const state = join(this.#states, machine.name);
    return new KeptAlive(() => {
      const runner = machine.runner(this.#url, LOCATION, ['--state', state]);
      const ended = runner.hasEnded() ? Promise.resolve() : once(runner.child, 'exit');
      return Object.assign(runner, { ended, kill: () => void runner.child.kill('SIGKILL') });
    });
  }

  /** Makes the runner of a machine give the location back, and settles after its end. */
  async leave(machine: Machine, runner: KeptRunner): Promise<void> {
    const over = runner.letGo(() => {});
    await insist(async () => {
      await machine.taskport(this.#url, 'runner', 'leave', LOCATION);
      return true;
    });
    await over;
  }

  /** Kills the service, and settles once the next one listens. */
  async restartService(): Promise<void> {
    const { current, starts } = this.service;
    current.kill();
    await insist(async () => (this.service.starts > starts ? true : undefined));
    await this.service.current.listening();
  }

  async #member(id: string) {
    const { composition } = await this.taskport.elements.read(EXECUTOR);
    return composition?.members.find((each) => each.id === id);
  }

  /** Runs the task again: binds it and its volume. */
  async run(): Promise<void> {
    await insist(async () => {
      const { handle } = await this.taskport.compositions.open(EXECUTOR);
      await this.taskport.compositions.bind(handle).catch(() => {});
      return (await this.#member(TASK))?.bound && (await this.#member(VOLUME))?.bound ? true : undefined;
    });
  }

  /** Waits for a successful end; answers the attempt. */
  async ended(): Promise<number> {
    return insist(async () => {
      const task = (await this.#member(TASK))?.task;
      return task?.state === 'exited' && task.exitCode === 0 ? task.attempt : undefined;
    });
  }

  /** Unbinds everything, and waits until the writes are saved. */
  async save(): Promise<void> {
    await insist(async () => {
      const volume = await this.#member(VOLUME);
      if (volume && !volume.bound && !('saving' in volume)) return true;
      const { handle } = await this.taskport.compositions.open(EXECUTOR);
      if (volume?.bound) await this.taskport.compositions.unbind(handle);
      return undefined;
    });
  }

  /** The saved counter: the lines of its history, and the last number beside it. */
  async saved(): Promise<{ readonly history: readonly string[]; readonly last: string }> {
    const file = join(this.#states, 'pulled.tar');
    await insist(() => this.taskport.data.download(VOLUME, file));
    const read = (name: string): string[] =>
      execFileSync('tar', ['--wildcards', '-xOf', file, `*${name}`], { encoding: 'utf8' })
        .split('\n')
        .slice(0, -1);
    return { history: read('history'), last: read('n').at(-1) ?? '' };
  }

  async close(): Promise<void> {
    for (const machine of this.machines) await machine.stop();
    await this.service.letGo((product) => product.signal('SIGTERM'));
    rmSync(this.#states, { recursive: true, force: true });
    removeDirectory(this.#directory);
  }
}
