/** A service, a runner in its own process, and the actions of a user. */
import { inject } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Allow } from '../../lib/location/allow.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { clearEngine, madeOn, type RunnerProcess, startRunner, stateDirectory } from '../runner-process.ts';
import { startCommandLine } from './command-line.ts';

export const sh = (script: string, more: TaskSpec = {}): TaskSpec => ({
  process: { args: ['/bin/sh', '-c', script] },
  ...more,
});

export class Stage {
  readonly taskport: Taskport;
  readonly url: string;
  readonly run: Awaited<ReturnType<typeof startCommandLine>>['run'];
  readonly #stopHost: () => Promise<void>;
  readonly #runners: RunnerProcess[] = [];
  readonly #directories: ReturnType<typeof stateDirectory>[] = [];

  private constructor({ url, run, stop }: Awaited<ReturnType<typeof startCommandLine>>) {
    this.url = url;
    this.run = run;
    this.#stopHost = stop;
    this.taskport = new Taskport({ url });
  }

  /** A service with an image of busybox and a log. */
  static async open(): Promise<Stage> {
    const stage = new Stage(await startCommandLine());
    const { locations, elements } = stage.taskport;
    for (const [name, kind] of Object.entries({
      library: 'image',
      data: 'volume',
      jobs: 'task',
      output: 'log',
    }))
      await locations.create({ name, kind: kind as 'image' });
    const bytes = await archiveOf(busyboxTree());
    await elements.create({ id: 'image://library/base', data: { base64: bytes.toString('base64') } });
    await elements.create({ id: 'log://output/all' });
    return stage;
  }

  /** A location of executors, created if missing, and a state directory for its runner. */
  async place(name: string, allow: Allow = {}): Promise<string> {
    await this.taskport.locations.create({ name, kind: 'executor', allow }).catch(() => {});
    const directory = stateDirectory();
    this.#directories.push(directory);
    return directory.path;
  }

  /** Starts a runner of a location on the test engine, and waits until it runs bound tasks. */
  async startRunner(location: string, state: string, ...more: readonly string[]): Promise<RunnerProcess> {
    const runner = await startRunner(this.url, inject('dockerHost'), location, '--state', state, ...more);
    this.#runners.push(runner);
    return runner;
  }

  /** Makes an executor with the image at `/` and the log, and joined tasks: answers their IDs, in the order of the specifications. */
  furnish(executorId: string, ...specs: readonly TaskSpec[]): Promise<string[]> {
    return this.furnishOn({}, executorId, ...specs);
  }

  /** Like `furnish`, with another root or log. */
  async furnishOn(
    {
      root = 'image://library/base',
      log = 'log://output/all',
    }: { readonly root?: string; readonly log?: string },
    executorId: string,
    ...specs: readonly TaskSpec[]
  ): Promise<string[]> {
    const { elements, compositions } = this.taskport;
    await elements.create({ id: executorId });
    let { handle } = await compositions.open(executorId);
    const join = async (joining: Parameters<typeof compositions.join>[1]): Promise<void> => {
      ({ handle } = await compositions.join(handle, joining));
    };
    await join({ id: root, mount: { path: '/' } });
    await join({ id: log });
    const name = executorId.split('/').at(-1);
    const tasks: string[] = [];
    for (const [at, spec] of specs.entries()) {
      const id = `task://jobs/${name}-${at + 1}`;
      await elements.create({ id, spec: spec as Record<string, unknown> });
      await join({ id });
      tasks.push(id);
    }
    return tasks;
  }

  /** Creates and joins a volume. */
  async mount(executorId: string, id: string, path: string): Promise<void> {
    await this.taskport.elements.create({ id });
    const { handle } = await this.taskport.compositions.open(executorId);
    await this.taskport.compositions.join(handle, { id, mount: { path } });
  }

  /** The volumes of a location with data on the engine. */
  volumesOf(location: string): string[] {
    const ids = madeOn(
      inject('dockerHost'),
      { service: this.url },
      'volume',
      '{{.Label "dev.taskport.storage"}}',
    );
    return ids.filter((id) => id.startsWith(`volume://${location}/`));
  }

  async bind(executorId: string, id?: string): Promise<void> {
    const { handle } = await this.taskport.compositions.open(executorId);
    await this.taskport.compositions.bind(handle, id);
  }

  async unbind(executorId: string, id?: string): Promise<void> {
    const { handle } = await this.taskport.compositions.open(executorId);
    await this.taskport.compositions.unbind(handle, id);
  }

  async interrupt(executorId: string, id: string, signal: string): Promise<void> {
    const { handle } = await this.taskport.compositions.open(executorId);
    await this.taskport.compositions.interrupt(handle, id, signal);
  }

  async task(executorId: string, taskId: string) {
    const { composition } = await this.taskport.elements.read(executorId);
    return composition?.members.find(({ id }) => id === taskId)?.task;
  }

  reports(executorId: string, taskId: string) {
    return collect(this.taskport.elements.reports(executorId, taskId));
  }

  /** The output of a task on the command line, line by line. */
  async lines(executorId: string, taskId: string, ...more: readonly string[]): Promise<string[]> {
    const { out } = await this.run(['logs', executorId, taskId, ...more]);
    return out.split('\n').slice(0, -1);
  }

  async close(): Promise<void> {
    for (const runner of this.#runners) await runner.stop();
    clearEngine(inject('dockerHost'), { service: this.url });
    await this.#stopHost();
    for (const directory of this.#directories) directory.remove();
  }
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
};
