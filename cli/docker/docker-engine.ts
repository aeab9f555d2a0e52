import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { type Attempt, attemptIn, attemptKey } from '../../lib/execution/attempt.ts';
import type {
  Engine,
  Execution,
  SaveOptions,
  StartOptions,
  WrittenArchive,
  WrittenVolume,
} from '../../lib/execution/engine.ts';
import type { OpenSink } from '../../lib/execution/log-sink.ts';
import type { SecretOf } from '../../lib/execution/secret-provider.ts';
import type { Talk, TalkRequest } from '../../lib/execution/talk.ts';
import { loaded } from '../../lib/loaded.ts';
import { Containers, hasBegun } from './containers.ts';
import { EngineImages } from './engine-images.ts';
import { madeOf, type Scope } from './labels.ts';
import { Launch, type LaunchSurroundings } from './launch.ts';
import type { Position } from './output.ts';
import { persistUntil } from './persist.ts';
import type { ReachedEngine } from './reach-engine.ts';
import { dropLeftSecrets, dropSecretFiles } from './secret-files.ts';
import type { ServiceRegistry } from './service-registry.ts';
import type { DockerStorage } from './storage.ts';
import { attachTo, execIn } from './talk.ts';
import { TaskContainer } from './task-container.ts';

export interface DockerEngineOptions {
  readonly engine: ReachedEngine;
  /** The service and the location to which everything on the engine belongs. */
  readonly scope: Scope;
  readonly registry: ServiceRegistry;
  readonly storage: DockerStorage;
  readonly openSink: OpenSink;
  /** Records how much of an attempt's output the runner has sent. */
  readonly positionOf: (attempt: Attempt, since: string) => Position;
  readonly secretOf: SecretOf;
  /** Throws `LaunchError` for a task that this machine must not run. */
  readonly assertLet?: (container: ComposedContainer) => void;
}

/**
 * Runs tasks on an engine of the Docker Engine API. An executor is a group: one container holds network, processes and shared memory, and
 * each task is a container in its namespaces. The runner finds the engine's containers and volumes by labels and remembers nothing else.
 */
export class DockerEngine implements Engine {
  readonly #options: DockerEngineOptions;
  readonly #closing = new AbortController();
  readonly #around: LaunchSurroundings;
  /** Attempts that have begun or are beginning. */
  readonly #known = new Map<string, Promise<TaskContainer>>();
  readonly #recall = loaded(() => this.#takeUp());

  constructor(options: DockerEngineOptions) {
    this.#options = options;
    const { signal } = this.#closing;
    const persist = persistUntil(signal);
    this.#around = {
      ...options,
      signal,
      persist,
      containers: new Containers(options.engine.docker, persist),
      images: new EngineImages(options.engine, options.registry, persist),
    };
  }

  async start(attempt: Attempt, container: ComposedContainer, options: StartOptions): Promise<Execution> {
    await this.#recall();
    const key = attemptKey(attempt);
    let one = this.#known.get(key);
    if (one === undefined) {
      const launch = new Launch(attempt, container, options, this.#around);
      one = launch.run(() => this.#begun());
      this.#known.set(key, one);
      one.catch(() => this.#known.delete(key));
    }
    return (await one).describe();
  }

  async signal(attempt: Attempt, signal: string, count: number): Promise<void> {
    await (await this.#find(attempt))?.signal(signal, count);
  }

  async stop(attempt: Attempt, mostSeconds?: number): Promise<void> {
    await (await this.#find(attempt))?.stop(mostSeconds);
  }

  async talk(attempt: Attempt, how: TalkRequest): Promise<Talk | undefined> {
    const found = await this.#find(attempt);
    const first = how.kind === 'attach' ? found?.first?.take() : undefined;
    if (found === undefined || (found.hasExited && !first)) return undefined;
    const { docker } = this.#around.containers;
    return how.kind === 'exec'
      ? execIn(docker, docker.getContainer(found.id), how)
      : attachTo(docker, found.id, how, { exited: found.exited, first });
  }

  async check(attempt: Attempt): Promise<boolean> {
    return (await (await this.#find(attempt))?.check()) ?? false;
  }

  async find(): Promise<readonly Execution[]> {
    await this.#recall();
    return (await this.#begun()).map((one) => one.describe());
  }

  async forget(attempt: Attempt): Promise<void> {
    const found = await this.#find(attempt);
    if (found === undefined) return;
    if (!found.hasExited) throw new Error(`attempt ${attempt.attempt} of ${attempt.taskId} still runs`);
    const { containers, persist, scope, storage } = this.#around;
    await containers.remove(found.id);
    await persist(() => dropSecretFiles({ docker: containers.docker, scope }, attempt));
    await storage.forget(attempt);
    this.#known.delete(attemptKey(attempt));
    // Only tasks of the same executor share its group, so this waits for no other starts.
    const others = this.#of(attempt.executorId).map((one) => one.catch(() => undefined));
    if (!(await Promise.all(others)).some((other) => other?.groupId === found.groupId))
      await containers.remove(found.groupId);
  }

  async release(executorId: string, kept: readonly string[]): Promise<void> {
    await this.#options.storage.release(executorId, kept);
  }

  written(): Promise<readonly WrittenVolume[]> {
    return this.#options.storage.writes.written();
  }

  save(
    volume: WrittenVolume,
    send: (archive: WrittenArchive) => Promise<void>,
    options: SaveOptions,
  ): Promise<'unchanged' | 'sent' | 'absent'> {
    return this.#options.storage.writes.save(volume, send, options);
  }

  settle(volume: WrittenVolume, saved?: string): Promise<void> {
    return this.#options.storage.writes.settle(volume, saved);
  }

  setAside(volume: WrittenVolume): Promise<void> {
    return this.#options.storage.writes.setAside(volume);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the runner has ended'));
    this.#known.clear();
  }

  async #find(attempt: Attempt): Promise<TaskContainer | undefined> {
    await this.#recall();
    return this.#known.get(attemptKey(attempt))?.catch(() => undefined);
  }

  /** The attempts of an executor that have begun or are beginning. */
  #of(executorId: string): Promise<TaskContainer>[] {
    return [...this.#known].flatMap(([key, one]) => (attemptIn(key).executorId === executorId ? [one] : []));
  }

  /** The attempts that have begun. */
  async #begun(): Promise<TaskContainer[]> {
    const none = Promise.resolve(undefined);
    const all = [...this.#known.values()].map((one) => Promise.race([one, none]).catch(() => undefined));
    return (await Promise.all(all)).filter((one) => one !== undefined);
  }

  /** Takes over the tasks that an earlier process started. Removes what that process was still creating. */
  async #takeUp(): Promise<void> {
    const { containers, persist } = this.#around;
    const { scope } = this.#options;
    const groups = new Set<string>();
    const left = await containers.list(scope, { kind: 'task' });
    await Promise.all(
      left.map(async ({ Id, Labels }) => {
        const { executorId, taskId, attempt, since } = madeOf(Labels) ?? {};
        const found = await containers.inspect(Id);
        if (!found || executorId === undefined || taskId === undefined || attempt === undefined) return;
        if (!hasBegun(found)) return containers.remove(Id);
        const of = { attempt: { executorId, taskId, attempt }, since: since ?? '' };
        const task = new TaskContainer(found, of, this.#around);
        groups.add(task.groupId);
        this.#known.set(attemptKey(of.attempt), Promise.resolve(task));
      }),
    );
    for (const { Id } of await containers.list(scope, { kind: 'group' })) {
      if (!groups.has(Id)) await containers.remove(Id);
    }
    await persist(() => dropLeftSecrets({ docker: containers.docker, scope }));
  }
}
