import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { EngineOutput, Launch, LaunchedTask, Seen } from './launch.ts';

/** What is ready to be launched. */
export interface Prepared {
  readonly definition: string;
  readonly tasks: readonly LaunchedTask[];
  /** Whether the engine lets people talk to what it runs of it. */
  readonly takesSessions?: true;
}

/** What an engine says of a request to run. */
export type Answer =
  | { readonly engineTask: string }
  /** Not now; the same token would be answered the same. */
  | { readonly refused: string }
  /** Never, with the reason. */
  | { readonly failed: string }
  /** The engine does not know what it is to run, or no more: it has to be prepared again. */
  | { readonly unprepared: string };

/** What an engine runs, and what was said when it was run. */
export interface RunningTask {
  readonly engineTask: string;
  readonly token: string;
  readonly executorId?: string;
}

/** The engine takes no more requests now. Whether it has heard this one, nobody knows. */
export class EngineBusy extends Error {
  override name = 'EngineBusy';
}

/** An engine that runs on by itself, with nobody watching. What throws is tried again; `EngineBusy` is told meanwhile. */
export interface Launcher {
  /** Draws what the engine takes, and has it known there. Throws `LaunchError` with every reason why not. */
  prepare(container: ComposedContainer): Promise<Prepared>;
  /** Gives up what was prepared; what runs of it runs on. Nothing where it is given up already. */
  forget(definition: string): Promise<void>;
  /** Has it run, once for each token. */
  run(launch: Launch): Promise<Answer>;
  /** What was run by a token, as far as the engine lists it yet. */
  find(token: string): Promise<string | undefined>;
  /** What runs there that this deployment had run. */
  running(): Promise<readonly RunningTask[]>;
  look(engineTask: string, tasks: readonly LaunchedTask[]): Promise<Seen>;
  /** Where what a task does is written. */
  outputOf(engineTask: string, task: LaunchedTask): EngineOutput | undefined;
  /** Nothing where it has ended. */
  stop(engineTask: string, words: string): Promise<void>;
}
