import { mkdirSync, realpathSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OciPlan } from '../../lib/composition/plan/oci-schema.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { type Execution, LaunchError, type Progress } from '../../lib/execution/engine.ts';
import type { OpenLog } from '../../lib/execution/log-sink.ts';
import { Attendance } from './attendance.ts';
import type { AttendedAttempt } from './attended-attempt.ts';
import { checkHealth } from './health.ts';
import { Launch } from './launch.ts';
import { type FetchLayer, LayerCache } from './layer-cache.ts';
import { removeTree } from './mounts.ts';
import { canOverlay } from './overlay.ts';
import { Runtime } from './runtime.ts';
import type { SecretOf } from './secrets.ts';
import { attemptName, firstAttempt, furtherOf, nameOf, StateDirectory } from './state.ts';
import { dropOthers, Storage } from './storage.ts';

export interface RuncExecutorOptions {
  /** Where everything is kept: layers, what was written to storage, all that is known of attempts. One runner at a time. */
  readonly directory: string;
  readonly fetchLayer: FetchLayer;
  readonly openSink: OpenLog;
  /** The value of a secret; without it, tasks that have some are not started. */
  readonly secretOf?: SecretOf;
  /** A program that is called as runc is. */
  readonly runtime?: string;
  /** How layers become a file system; by default as the machine can. */
  readonly storage?: 'overlay' | 'copies';
}

interface StartOptions {
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What is there once the machine was looked at. */
interface Ready {
  readonly cache: LayerCache;
  readonly storage: Storage;
}

/** Runs tasks in containers of this machine, by runc. Needs root, GNU tar and util-linux. */
export class RuncExecutor {
  readonly #options: RuncExecutorOptions;
  readonly #state: StateDirectory;
  readonly #runtime: Runtime;
  readonly #attendance: Attendance;
  /** What was started or is being started, by its name. */
  readonly #known = new Map<string, Promise<AttendedAttempt>>();
  readonly #recall: () => Promise<void>;
  readonly #prepare: () => Promise<Ready>;

  constructor(options: RuncExecutorOptions) {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#options = options;
    this.#state = new StateDirectory(realpathSync(options.directory));
    this.#runtime = new Runtime(options.runtime ?? 'runc', this.#state.runtime);
    this.#attendance = new Attendance(this.#runtime, options.openSink);
    this.#recall = onceDone(() => this.#takeUp());
    this.#prepare = onceDone(() => this.#look());
  }

  async start(attempt: Attempt, plan: OciPlan, options: StartOptions): Promise<Execution> {
    await this.#recall();
    const name = attemptName(attempt);
    let one = this.#known.get(name);
    if (one === undefined) {
      one = this.#start(attempt, plan, options);
      this.#known.set(name, one);
      one.catch(() => this.#known.delete(name));
    }
    return (await one).describe();
  }

  async signal(attempt: Attempt, signal: string, count: number): Promise<void> {
    await (await this.#find(attempt))?.signal(signal, count);
  }

  async stop(attempt: Attempt): Promise<void> {
    await (await this.#find(attempt))?.stop();
  }

  async check(attempt: Attempt): Promise<boolean> {
    const found = await this.#find(attempt);
    if (found === undefined || found.hasExited) return false;
    // Nothing can be run in what is held, and to wait for a log is no illness.
    if (found.isHeld) return true;
    return checkHealth(found.record, this.#state.attempt(attempt), this.#runtime, this.#options.secretOf);
  }

  async find(): Promise<readonly Execution[]> {
    await this.#recall();
    const found = await Promise.all([...this.#known.values()].map((one) => one.catch(() => undefined)));
    return found.flatMap((one) => (one === undefined ? [] : [one.describe()]));
  }

  /** Throws where it still runs, or where something of it stays mounted. */
  async forget(attempt: Attempt): Promise<void> {
    const found = await this.#find(attempt);
    if (found === undefined) return;
    if (!found.hasExited) throw new Error(`attempt ${attempt.attempt} of ${attempt.taskId} still runs`);
    found.release();
    await found.vacated;
    if (furtherOf(found.record) === undefined) await this.#runtime.delete(this.#runtime.containerOf(attempt));
    await removeTree(this.#state.attempt(attempt));
    this.#known.delete(attemptName(attempt));
  }

  /** What a running container of theirs uses stays until it is called again. */
  async release(executorId: string, kept: readonly string[]): Promise<void> {
    await this.#recall();
    const running = (await this.#containersOf(executorId)).filter((one) => !one.hasExited);
    const used = running.flatMap(({ record }) => record.plan.storage.map(({ id }) => id));
    await dropOthers(this.#state.executor(executorId), new Set([...kept, ...used].map((id) => nameOf(id))));
  }

  /**
   * Drops what was written to a volume: it was deleted, or has left and is not persistent. Nothing else does. Throws where a running
   * container uses it.
   */
  async releaseVolume(volumeId: string): Promise<void> {
    await this.#recall();
    for (const { record, hasExited } of await this.#settled()) {
      if (!hasExited && record.plan.storage.some(({ id }) => id === volumeId))
        throw new Error(`${volumeId} is in use by ${record.attempt.executorId}`);
    }
    await removeTree(this.#state.volume(volumeId));
  }

  /** Lets go of everything, and is not used afterwards; tasks run on, and are found by the next process. */
  async close(): Promise<void> {
    for (const one of this.#known.values()) (await one.catch(() => undefined))?.release();
    this.#known.clear();
  }

  async #find(attempt: Attempt): Promise<AttendedAttempt | undefined> {
    await this.#recall();
    return this.#known.get(attemptName(attempt))?.catch(() => undefined);
  }

  async #start(
    attempt: Attempt,
    plan: OciPlan,
    { abort, onProgress }: StartOptions,
  ): Promise<AttendedAttempt> {
    const record = { attempt, plan, output: {} };
    const launch = new Launch(record, this.#state.attempt(attempt), this.#runtime, {
      ...this.#options,
      abort,
    });
    try {
      if (process.getuid?.() !== 0)
        throw new LaunchError('only root can run containers and mount their storage');
      abort.throwIfAborted();
      await mkdir(launch.directory, { recursive: true, mode: 0o700 });
      if (furtherOf(record) !== undefined) await this.#assertRunning(firstAttempt(record));
      else {
        await this.#assertVacant(attempt);
        const { storage, cache } = await this.#prepare();
        await launch.assemble(storage, (layer) => {
          const { id: layerId, size } = layer;
          const report = (done: number): void => onProgress?.({ attempt, layerId, done, size: size ?? done });
          return cache.get(layer, report, abort);
        });
      }
      return await this.#attendance.begin(launch);
    } catch (error) {
      // What cannot be removed now is when the next runner begins.
      await launch.undo().catch(() => {});
      if (error instanceof LaunchError) throw error;
      throw new LaunchError((error as Error).message, { cause: error });
    }
  }

  /** Takes up what is on disk. */
  async #takeUp(): Promise<void> {
    const names = await readdir(this.#state.attempts).catch(() => []);
    await Promise.all(
      names.map(async (name) => {
        const resumed = await this.#attendance.resume(join(this.#state.attempts, name));
        if (resumed !== undefined) this.#known.set(name, Promise.resolve(resumed));
      }),
    );
  }

  async #look(): Promise<Ready> {
    const how = this.#options.storage ?? ((await canOverlay(this.#state.path)) ? 'overlay' : 'copies');
    const isOverlay = how === 'overlay';
    const cache = new LayerCache(join(this.#state.layers, how), isOverlay, this.#options.fetchLayer);
    await cache.clear();
    return { cache, storage: new Storage(this.#state, cache.directory, isOverlay) };
  }

  /** What is not still being started. */
  async #settled(): Promise<AttendedAttempt[]> {
    const all = await Promise.all([...this.#known.values()].map(settledNow));
    return all.filter((one) => one !== undefined);
  }

  async #containersOf(executorId: string): Promise<AttendedAttempt[]> {
    const all = await this.#settled();
    return all.filter(
      ({ record }) => record.attempt.executorId === executorId && furtherOf(record) === undefined,
    );
  }

  /** Storage is written by one container at a time: the one before has to be gone. */
  async #assertVacant({ executorId }: Attempt): Promise<void> {
    for (const { record, hasExited, vacated } of await this.#containersOf(executorId)) {
      const { taskId, attempt } = record.attempt;
      if (!hasExited) throw new LaunchError(`attempt ${attempt} of ${taskId} still runs`);
      await vacated;
    }
  }

  async #assertRunning(first: Attempt): Promise<void> {
    const container = await this.#find(first);
    if (container !== undefined && !container.hasExited) return;
    throw new LaunchError(
      `attempt ${first.attempt} of ${first.taskId}, whose container this needs, does not run`,
    );
  }
}

/** Does something once, and again only where it failed. */
const onceDone = <T>(action: () => Promise<T>): (() => Promise<T>) => {
  let done: Promise<T> | undefined;
  return () => {
    done ??= action().catch((error) => {
      done = undefined;
      throw error;
    });
    return done;
  };
};

/** What a promise has settled to already; undefined where it has not, or has failed. */
const settledNow = <T>(promise: Promise<T>): Promise<T | undefined> =>
  Promise.race([promise, Promise.resolve(undefined)]).catch(() => undefined);
