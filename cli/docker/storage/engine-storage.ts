import type { ComposedContainer } from '../../../lib/composition/plan/composed-container.ts';
import type { Attempt } from '../../../lib/execution/attempt.ts';
import type { Engine, Progress } from '../../../lib/execution/engine.ts';
import type { DriverConfig } from './driver.ts';

/** A member of `HostConfig.Mounts`. */
export interface Mount {
  readonly Type: 'volume';
  /** The engine's volume. */
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
  readonly VolumeOptions: {
    /** The engine copies no files of the image into the volume. */
    readonly NoCopy: true;
    /** How the engine makes a volume that is gone: it fails, unless the volume is on another server. */
    readonly DriverConfig?: DriverConfig;
  };
}

export interface PrepareOptions {
  /** Aborts the preparation, and removes what is half filled. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Attachments for which an engine was named before. */
  readonly claimed?: readonly string[];
}

/** What an engine keeps of an element that somebody may have deleted since. */
export interface Remains {
  /** The ID of a volume that no executor writes to now, or of an executor that wrote. */
  readonly id: string;
  /** When the service created the volume. */
  readonly instance?: string;
  /** Drops it; false if a container uses it. */
  drop(): Promise<boolean>;
}

/** The storage of an engine apart from the root: volumes, found by their labels. Every method may be called again, also by a process that knows nothing of the first call. */
export interface EngineStorage extends Pick<Engine, 'written' | 'save' | 'settle' | 'setAside'> {
  /**
   * Prepares the mounts beside the root, and answers those of the attempt's container, parents first. `prune` keeps these volumes until a
   * container refers to them and for as long as it does. Throws `LaunchError`.
   */
  prepare(
    attempt: Attempt,
    container: Pick<ComposedContainer, 'storage'>,
    options: PrepareOptions,
  ): Promise<readonly Mount[]>;
  /** Releases what was prepared for an attempt that has ended or was given up. */
  forget(attempt: Attempt): Promise<void>;
  /** Drops writes of the executor that nobody saves, except those to storage in `kept`. Keeps what is in use. */
  release(executorId: string, kept: readonly string[]): Promise<void>;
  /** What this engine keeps without an attachment, to compare it with the service. */
  remains(): Promise<readonly Remains[]>;
  /** Removes what no container refers to: leftovers at once; images and volumes that can be made again, beyond `keepBytes`. */
  prune(keepBytes: number): Promise<void>;
}
