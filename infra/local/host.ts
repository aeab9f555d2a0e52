import { defined } from '../../lib/defined.ts';
import type { BridgeEvent } from './bus.ts';
import { type MetadataEngineName, startEngines } from './engines/engines.ts';

/** The bucket of all data. */
export const BUCKET = 'taskport';

export interface HostOptions {
  /** The directory of all data; without one, the data is gone after `stop`. */
  readonly directory?: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly metadata?: MetadataEngineName;
  readonly onEvent: (event: BridgeEvent) => void;
}

export interface Host {
  readonly url: string;
  /** Settles with the reason when an engine ends unasked. */
  readonly failed: Promise<string | undefined>;
  stop(): Promise<void>;
}

/**
 * Runs Taskport on embedded engines. The engines start in a process of their own, while this process loads the
 * service, which takes as long.
 */
export const startHost = async (options: HostOptions): Promise<Host> => {
  const { directory, metadata } = options;
  const [engines, { startService }] = await Promise.all([
    startEngines(defined({ bucket: BUCKET, directory, metadata })),
    import('./service.ts'),
  ]);
  return startService(engines, options);
};
