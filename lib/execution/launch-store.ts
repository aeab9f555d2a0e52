import type { Launch } from './launch.ts';

/** A launch as it was read. */
export interface KeptLaunch {
  readonly launch: Launch;
  /** Changes with each write. */
  readonly version: string;
}

/** Keeps the last launch of each executor. */
export interface LaunchStore {
  get(executorId: string): Promise<KeptLaunch | undefined>;
  /** Writes a launch if the stored one is still `former`; otherwise answers undefined. */
  put(launch: Launch, former: KeptLaunch | undefined): Promise<KeptLaunch | undefined>;
  /** The executor of the launch with a token. */
  executorOf(token: string): Promise<string | undefined>;
  /** Executors with a launch that is not over. */
  open(): Promise<readonly string[]>;
}
