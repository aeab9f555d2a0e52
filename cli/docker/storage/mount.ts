import type { Progress } from '../../../lib/execution/engine.ts';
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
  /** Aborts the preparation, and removes half-filled volumes. */
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Attachments that this engine claimed before. */
  readonly claimed?: readonly string[];
}
