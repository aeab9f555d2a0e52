import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { EngineOutput, Launch, LaunchedTask, Seen } from './launch.ts';

/** A definition that is ready to launch. */
export interface Prepared {
  readonly definition: string;
  readonly tasks: readonly LaunchedTask[];
  /** Whether the engine permits sessions with its tasks. */
  readonly takesSessions?: true;
}

/** The engine's answer to a request to run. */
export type Answer =
  | { readonly engineTask: string }
  /** Refused for now; the same token would get the same answer. */
  | { readonly refused: string }
  /** Refused for good, with the reason. */
  | { readonly failed: string }
  /** The engine does not know the definition, or no longer: it has to be prepared again. */
  | { readonly unprepared: string };

/** A unit that an engine runs, and the parameters of its request. */
export interface RunningTask {
  readonly engineTask: string;
  readonly token: string;
  readonly executorId?: string;
}

/** The engine accepts no more requests now. It is unknown whether it got this one. */
export class EngineBusy extends Error {
  override name = 'EngineBusy';
}

/**
 * An engine that runs tasks without a runner. Callers repeat methods that throw; they report `EngineBusy`
 * meanwhile.
 */
export interface Launcher {
  /** Renders and registers the definition. Throws `LaunchError` with every reason why that is impossible. */
  prepare(container: ComposedContainer): Promise<Prepared>;
  /** Deregisters a definition; its running tasks run on. Does nothing if it is deregistered already. */
  forget(definition: string): Promise<void>;
  /** Runs a launch, once for each token. */
  run(launch: Launch): Promise<Answer>;
  /** The unit that was started with a token, as far as the engine lists it yet. */
  find(token: string): Promise<string | undefined>;
  /** The running units that this deployment started. */
  running(): Promise<readonly RunningTask[]>;
  look(engineTask: string, tasks: readonly LaunchedTask[]): Promise<Seen>;
  /** The place of a task's output. */
  outputOf(engineTask: string, task: LaunchedTask): EngineOutput | undefined;
  /** Stops a unit; does nothing if it has ended. */
  stop(engineTask: string, words: string): Promise<void>;
}
