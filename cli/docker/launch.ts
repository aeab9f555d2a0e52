import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import { renderDocker } from '../../lib/composition/plan/docker.ts';
import type { DockerPlan } from '../../lib/composition/plan/docker-schema.ts';
import { defined } from '../../lib/defined.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { LaunchError, type StartOptions } from '../../lib/execution/engine.ts';
import { type SecretOf, secretsOf } from '../../lib/execution/secret-provider.ts';
import { except, statusOf, wordsOfStart } from './api-error.ts';
import { hasBegun } from './containers.ts';
import type { EngineImages } from './engine-images.ts';
import { FirstOutput } from './first-output.ts';
import { labelsOf, type Made, nameOf, type Scope } from './labels.ts';
import type { Persist } from './persist.ts';
import type { ReachedEngine } from './reach-engine.ts';
import { dropSecretFiles, placeSecretFiles, type SecretFiles } from './secret-files.ts';
import type { DockerStorage } from './storage.ts';
import { outputFromStart } from './talk.ts';
import { type PlannedTask, taskBody } from './task-body.ts';
import { closeSinks, openSinks, type Sinks, type Surroundings, TaskContainer } from './task-container.ts';

export interface LaunchSurroundings extends Surroundings {
  readonly engine: ReachedEngine;
  readonly scope: Scope;
  readonly persist: Persist;
  readonly images: EngineImages;
  readonly storage: DockerStorage;
  readonly secretOf: SecretOf;
  readonly assertLet?: (container: ComposedContainer) => void;
}

/** The plan for the engine. Throws `LaunchError` with all reasons if there is none. */
const planOf = (container: ComposedContainer): DockerPlan => {
  const rendered = renderDocker(container);
  if ('plan' in rendered) return rendered.plan;
  const reasons = rendered.reasons.map(({ path, message }) => `${path}: ${message}`);
  throw new LaunchError(`docker cannot run it: ${reasons.join('; ')}`);
};

/** One attempt until it has begun. */
export class Launch {
  readonly #attempt: Attempt;
  readonly #container: ComposedContainer;
  readonly #options: StartOptions;
  readonly #around: LaunchSurroundings;
  /** Everything that the launch created, to remove or close if it fails. */
  #group: string | undefined;
  #task: string | undefined;
  #secrets: SecretFiles | undefined;
  #sinks: Sinks = {};
  #first: FirstOutput | undefined;

  constructor(
    attempt: Attempt,
    container: ComposedContainer,
    options: StartOptions,
    around: LaunchSurroundings,
  ) {
    this.#attempt = attempt;
    this.#container = container;
    this.#options = options;
    this.#around = around;
  }

  /** Begins the attempt. Throws `LaunchError` after it has removed everything; throws another error if the runner ends meanwhile. */
  async run(others: () => Promise<readonly TaskContainer[]>): Promise<TaskContainer> {
    const { abort } = this.#options;
    try {
      return await this.#begin(others);
    } catch (error) {
      await closeSinks(this.#sinks);
      this.#around.signal.throwIfAborted();
      await this.#undo();
      if (abort.aborted) throw new LaunchError('the start was aborted');
      if (error instanceof LaunchError) throw error;
      throw new LaunchError(wordsOfStart(error), { cause: error });
    }
  }

  async #begin(others: () => Promise<readonly TaskContainer[]>): Promise<TaskContainer> {
    const { abort, since, onProgress, claimed, claim } = this.#options;
    const { containers, images, persist, scope, storage, secretOf, assertLet } = this.#around;
    const attempt = this.#attempt;
    abort.throwIfAborted();
    assertLet?.(this.#container);
    const plan = planOf(this.#container);
    const task = plan.tasks.find(({ id }) => id === attempt.taskId);
    const [first] = plan.tasks;
    if (!task || !first) throw new LaunchError(`${attempt.taskId} is no task of ${attempt.executorId}`);
    const isFirst = task === first;
    const besides = this.#assertPlace(first, isFirst, await others());
    const pause = await images.own.get('group');
    const group = besides ?? (await this.#makeGroup(plan, pause));
    const keepUp = async (): Promise<void> => {
      if (besides === undefined) await containers.keepUp(group);
    };
    // The start takes longest and needs no result of the steps below.
    const isUp = keepUp();
    isUp.catch(() => {});
    const options = defined({ attempt, abort, onProgress });
    const image = () => images.have(plan.image, options);
    const had = await image();
    const mounts = await storage.prepare(attempt, this.#container, { ...options, ...defined({ claimed }) });
    const secrets = await secretsOf(this.#container, attempt, secretOf);
    const engine = { docker: containers.docker, scope, image: pause };
    this.#secrets = await persist(() => placeSecretFiles(engine, attempt, secrets));
    const sinks = await openSinks(this.#around, task.orders.logging, attempt, since);
    this.#sinks = sinks;
    abort.throwIfAborted();
    const secretFiles = this.#secrets?.mount ?? [];
    const body = taskBody(task, {
      image: had,
      group,
      isFirst,
      secrets,
      sinks,
      mounts: [mounts, secretFiles].flat(),
      labels: labelsOf(scope, { ...this.#made('task'), since: this.#options.since }),
      isPodman: this.#around.engine.facts.name === 'Podman',
    });
    for (;;) {
      this.#task = await this.#create(body, image);
      await isUp;
      // An engine that was restarted during the pull has ended it.
      await keepUp();
      abort.throwIfAborted();
      // A save sees the container from here on; if it has saved already, the service refuses the claim.
      if (this.#container.storage.some(({ attachment }) => attachment !== undefined)) await claim?.();
      if (task.create.AttachStdin && task.create.StdinOnce) await this.#attach(this.#task);
      if (await containers.startOnce(this.#task)) break;
    }
    await persist(async () => this.#secrets?.settle());
    const found = await containers.inspect(this.#task);
    abort.throwIfAborted();
    if (!found || !hasBegun(found)) throw new LaunchError('its container was removed');
    return new TaskContainer(found, { attempt, since }, this.#around, { sinks, first: this.#first });
  }

  /** Attaches before the start, if the task runs for one client, and keeps the output for it. */
  async #attach(id: string): Promise<void> {
    this.#first?.letGo();
    const { containers, persist, signal } = this.#around;
    // Another caller may have removed it.
    const stream = await persist(() => outputFromStart(containers.docker, id)).catch(except(404));
    this.#first = stream && new FirstOutput(stream, signal);
  }

  /** Creates the container. If somebody has removed the image from the engine since, has the engine pull it again. */
  async #create(body: object, image: () => Promise<string>): Promise<string> {
    const { containers, scope } = this.#around;
    const create = (made: object) => containers.create(nameOf(scope, this.#made('task')), made);
    try {
      return await create(body);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      return create({ ...body, Image: await image() });
    }
  }

  /** The group of the attempt, if it exists. Throws `LaunchError` if it does not run but must, or runs but must not. */
  #assertPlace(first: PlannedTask, isFirst: boolean, others: readonly TaskContainer[]): string | undefined {
    const running = others.filter(
      (other) =>
        !other.hasExited && other.orders.isFirst && other.attempt.executorId === this.#attempt.executorId,
    );
    if (isFirst) {
      for (const { attempt } of running)
        throw new LaunchError(`attempt ${attempt.attempt} of ${attempt.taskId} still runs`);
      return undefined;
    }
    const main = running.find(
      ({ attempt }) => attempt.taskId === first.id && attempt.attempt === first.attempt,
    );
    if (main) return main.groupId;
    throw new LaunchError(`attempt ${first.attempt} of ${first.id}, beside which this runs, does not run`);
  }

  #made(kind: 'group' | 'task'): Made {
    return { kind, ...this.#attempt };
  }

  /** Creates the container that holds the namespaces; the runner has removed one that an earlier process left unstarted. */
  async #makeGroup({ group }: DockerPlan, image: string): Promise<string> {
    const { containers, scope } = this.#around;
    const made = this.#made('group');
    this.#group = await containers.create(nameOf(scope, made), {
      ...group,
      Image: image,
      Labels: labelsOf(scope, { ...made, since: this.#options.since }),
      HostConfig: {
        ...group.HostConfig,
        // The pause program itself reaps orphaned processes.
        Init: false,
        IpcMode: 'shareable',
        CapDrop: ['ALL'],
        ReadonlyRootfs: true,
        SecurityOpt: ['no-new-privileges'],
        LogConfig: { Type: 'none' },
        RestartPolicy: { Name: 'no' },
      },
    });
    return this.#group;
  }

  async #undo(): Promise<void> {
    const { containers, persist, scope, storage } = this.#around;
    this.#first?.letGo();
    if (this.#task !== undefined) await containers.remove(this.#task);
    if (this.#group !== undefined) await containers.remove(this.#group);
    await persist(() => dropSecretFiles({ docker: containers.docker, scope }, this.#attempt));
    await storage.forget(this.#attempt);
  }
}
