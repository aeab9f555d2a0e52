import type { CompositionJson } from '../composition/shown-composition.ts';
import { askedBy } from './asked.ts';
import { type Attempt, attemptKey } from './attempt.ts';
import type { ControlPlane } from './control-plane.ts';
import { type Action, decide } from './decision.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { Engine, Execution, Progress, SaveProgress } from './engine.ts';
import { RunningAttempt } from './running-attempt.ts';
import { Saves } from './saves.ts';
import type { Wait } from './watch-health.ts';

/** Called by an agent with its progress. */
interface Observer {
  readonly onProgress?: (progress: Progress) => void;
  readonly onSaving?: (progress: SaveProgress) => void;
  /** A step or a problem of an attempt; without an attempt, of the agent itself. */
  readonly onNote?: (note: string, attempt?: Attempt) => void;
}

export interface AgentOptions extends Observer {
  readonly control: ControlPlane;
  readonly engine: Engine;
  readonly wait: Wait;
  readonly now: () => number;
}

/** The number of tasks that are remembered after an attempt of them ended. */
const MAX_ENDED = 10_000;

/** The executors about which `lookSoon` and repeated looks ask the service together. */
const AT_ONCE = 20;
/** Milliseconds before an executor that cannot be read is tried again; they double. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 10_000;

/** An executor that is being looked at, or will be. */
interface Looking {
  /** Whether it has to be looked at once more. */
  again: boolean;
  done: Promise<void>;
  /** Settles when it may ask the service. */
  turn: Deferred<void>;
  /** Settles when the service has answered, or has failed to. */
  asked: Deferred<void>;
}

/** Identifies a task of an executor; a later executor may have the same name. */
const taskKeyOf = ({ executorId, taskId }: Attempt, since = ''): string =>
  JSON.stringify([executorId, since, taskId]);

/**
 * Runs the tasks of compositions. Callers tell it only *that* something changed: its actions follow from the
 * present composition and the running tasks. So events may come twice, late, in any order or never.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #running = new Map<string, RunningAttempt>();
  /** The last attempt of a task that ended here. A composition that was read before that end still asks for it. */
  readonly #ended = new Map<string, number>();
  readonly #looking = new Map<string, Looking>();
  /** Executors that wait for their turn, in order. */
  readonly #due = new Set<string>();
  /** How many of those that had their turn wait for the service. */
  #asking = 0;
  readonly #stopping = new AbortController();
  readonly #saves: Saves;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#saves = new Saves(options);
  }

  /** Takes over the tasks that an earlier process started; to be called first. */
  async adopt(): Promise<void> {
    for (const execution of await this.#options.engine.find())
      this.#run(execution.attempt, execution.since, execution);
    await Promise.all((await this.executors()).map((executorId) => this.lookSoon(executorId)));
  }

  /** The executors of running tasks, and of volumes with writes, on this engine. */
  async executors(): Promise<string[]> {
    const written = await this.#options.engine.written();
    const running = [...this.#running.values()].map(({ attempt }) => attempt);
    return [...new Set([...running, ...written].map(({ executorId }) => executorId))];
  }

  /** Does what the present composition of an executor asks for. Settles when everything has begun; never rejects. */
  look(executorId: string): Promise<void> {
    const looking = this.#looking.get(executorId) ?? this.#begin(executorId);
    looking.again = true;
    looking.turn.resolve();
    return looking.done;
  }

  /** Like `look`, for one of many executors: only some of them ask the service together, and calls of `look` go first. */
  lookSoon(executorId: string): Promise<void> {
    const known = this.#looking.get(executorId);
    const looking = known ?? this.#begin(executorId);
    if (known) known.again = true;
    else this.#queue(executorId);
    return looking.done;
  }

  /**
   * Ends the running tasks, which may not run here any more; the agent reports them as lost, with these words.
   * Settles when they have ended. Tasks that are bound then begin as soon as there is a plan.
   */
  async end(words: string, mostSeconds?: number): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.end(words, mostSeconds)));
  }

  /** Settles when everything that was begun has ended and is reported. */
  async over(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.over));
  }

  /** Saves the volumes of this engine whose compositions ask for it, even while no task may run here. */
  async save(): Promise<void> {
    const { engine, control } = this.#options;
    const executors = new Set((await engine.written()).map(({ executorId }) => executorId));
    for (const executorId of executors) {
      const composition = await control.composition(executorId, false);
      const asked = composition && askedBy(composition);
      await this.#saves.ask(executorId, asked?.saving ?? []);
      await this.#saves.conclude(executorId, asked?.attachments ?? []);
    }
  }

  /** Leaves everything as it is: running tasks run on, and the next process begins unfinished starts again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { turn } of this.#looking.values()) turn.resolve();
    await Promise.all([...this.#looking.values()].map(({ done }) => done));
    await Promise.all([...this.#running.values()].map((running) => running.leave()));
    await this.#saves.stop();
  }

  #begin(executorId: string): Looking {
    const [turn, asked] = [deferred<void>(), deferred<void>()];
    const looking: Looking = { again: false, done: Promise.resolve(), turn, asked };
    this.#looking.set(executorId, looking);
    looking.done = this.#look(executorId, looking);
    return looking;
  }

  #queue(executorId: string): void {
    this.#due.add(executorId);
    if (this.#asking < AT_ONCE) void this.#giveTurns();
  }

  /** Gives one executor after the other its turn, as long as any wait. */
  async #giveTurns(): Promise<void> {
    this.#asking += 1;
    for (const executorId of this.#due) {
      this.#due.delete(executorId);
      const looking = this.#looking.get(executorId);
      looking?.turn.resolve();
      await looking?.asked.promise;
    }
    this.#asking -= 1;
  }

  async #look(executorId: string, looking: Looking): Promise<void> {
    const { control, wait } = this.#options;
    const { signal } = this.#stopping;
    let delay = FIRST_RETRY_MS;
    do {
      await looking.turn.promise;
      looking.again = false;
      if (signal.aborted) break;
      try {
        const composition = await control.composition(executorId);
        looking.asked.resolve();
        await this.#settle(executorId, composition);
        delay = FIRST_RETRY_MS;
      } catch (error) {
        if (signal.aborted) break;
        looking.asked.resolve();
        this.#note(`${executorId} cannot be read, and is tried again: ${(error as Error).message}`);
        Object.assign(looking, { again: true, turn: deferred(), asked: deferred() });
        await Promise.race([wait(delay, signal), looking.turn.promise]);
        delay = Math.min(2 * delay, MAX_RETRY_MS);
        this.#queue(executorId);
      }
    } while (looking.again);
    looking.asked.resolve();
    // In this step, since a call from now on begins another look.
    this.#looking.delete(executorId);
  }

  async #settle(executorId: string, composition: CompositionJson | undefined): Promise<void> {
    const asked = composition && askedBy(composition);
    const since = asked?.since;
    // Reading a volume for a save has to end before tasks write to it again.
    await this.#saves.ask(executorId, asked?.saving ?? []);
    const known = [...this.#running.values()].filter(({ attempt }) => attempt.executorId === executorId);
    const ended = (asked?.tasks ?? []).map(({ attempt }): [string, number] => [
      attempt.taskId,
      this.#ended.get(taskKeyOf(attempt, since)) ?? 0,
    ]);
    for (const action of decide(asked, known, new Map(ended))) await this.#do(action, executorId, since);
    await this.#saves.conclude(executorId, asked?.attachments ?? []);
  }

  async #do(action: Action, executorId: string, since: string | undefined): Promise<void> {
    switch (action.do) {
      case 'keep':
        return this.#of(action.task.attempt)?.belong(since, action.task.healthCheck);
      case 'stop':
        void this.#of(action.attempt)?.stop();
        return;
      case 'interrupt':
        return this.#of(action.attempt)?.interrupt(action.interrupt);
      case 'start':
        return this.#run(action.task.attempt, since).belong(since, action.task.healthCheck);
      case 'lose':
        return this.#run(action.task.attempt, since, 'lost').belong(since, undefined);
      case 'release':
        return this.#options.engine.release(executorId, action.kept);
    }
  }

  #of(attempt: Attempt): RunningAttempt | undefined {
    return this.#running.get(attemptKey(attempt));
  }

  #run(attempt: Attempt, since: string | undefined, found?: Execution | 'lost'): RunningAttempt {
    const key = attemptKey(attempt);
    const siblings = () =>
      [...this.#running.values()].filter((other) => other.attempt.executorId === attempt.executorId);
    const running = new RunningAttempt(attempt, since, { ...this.#options, siblings });
    this.#running.set(key, running);
    void running.run(found).then((isOver) => {
      this.#running.delete(key);
      if (isOver) this.#remember(running);
      // Sees changes that came while it ended.
      if (!this.#stopping.signal.aborted) void this.look(attempt.executorId);
    });
    return running;
  }

  #remember({ attempt, since }: RunningAttempt): void {
    const key = taskKeyOf(attempt, since);
    this.#ended.delete(key);
    this.#ended.set(key, attempt.attempt);
    const [eldest] = this.#ended.keys();
    if (this.#ended.size > MAX_ENDED && eldest !== undefined) this.#ended.delete(eldest);
  }

  #note(note: string): void {
    this.#options.onNote?.(note);
  }
}
