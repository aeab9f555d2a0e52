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
    /** What an image has at the path is not copied into a volume. */
    readonly NoCopy: true;
    /** How the engine makes a volume that is gone by then: not at all, but for one that is elsewhere. */
    readonly DriverConfig?: DriverConfig;
  };
}

export interface PrepareOptions {
  /** Gives it up: nothing that is half filled stays. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Attachments for which an engine was named before. */
  readonly claimed?: readonly string[];
}

/** A volume of the service that the engine has something of. */
export interface KeptVolume {
  readonly id: string;
  readonly instance: string;
}

/**
 * What an engine has of storage, beside what is at `/`: volumes of its own, found by their labels. Every method may be called again, also by a
 * process that knows nothing of the one before it.
 */
export interface EngineStorage extends Pick<Engine, 'written' | 'save' | 'settle' | 'setAside'> {
  /**
   * Makes what is mounted beside the root, and answers the mounts of the attempt's container, parents first. Its volumes are not pruned while
   * a container refers to them, nor from here on until one does. Throws `LaunchError`.
   */
  prepare(
    attempt: Attempt,
    container: Pick<ComposedContainer, 'storage'>,
    options: PrepareOptions,
  ): Promise<readonly Mount[]>;
  /** Lets go of what was prepared for an attempt: it is over, or was given up. */
  forget(attempt: Attempt): Promise<void>;
  /** Drops what was written to images of the executor that are not among `kept` any more. What is in use stays. */
  release(executorId: string, kept: readonly string[]): Promise<void>;
  /** Drops what was written to a volume that is gone. Throws where a container refers to it. */
  releaseVolume(volumeId: string): Promise<void>;
  /** What of volumes is on this engine and of no attachment, for comparing with the service. */
  volumes(): Promise<readonly KeptVolume[]>;
  /** Removes what nobody refers to: leftovers at once, images and volumes that can be made again beyond `keepBytes`. */
  prune(keepBytes: number): Promise<void>;
}
