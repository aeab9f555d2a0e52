import type { Launch } from './launch.ts';

/** A launch as it was read. */
export interface KeptLaunch {
  readonly launch: Launch;
  /** Another with each write. */
  readonly version: string;
}

/** Where the last launch of each executor is kept. */
export interface LaunchStore {
  get(executorId: string): Promise<KeptLaunch | undefined>;
  /** Writes a launch where there is still what was read; undefined where there is not. */
  put(launch: Launch, former: KeptLaunch | undefined): Promise<KeptLaunch | undefined>;
  /** The executor whose launch has a token. */
  executorOf(token: string): Promise<string | undefined>;
  /** Executors whose launch is not over. */
  open(): Promise<readonly string[]>;
}
