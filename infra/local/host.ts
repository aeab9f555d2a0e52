import { defined } from '../../lib/defined.ts';
import type { BridgeEvent } from './bus.ts';
import { type MetadataEngineName, startEngines } from './engines/engines.ts';

/** The bucket that all data is in. */
export const BUCKET = 'taskport';

export interface HostOptions {
  /** Where everything is kept; without one it is gone after `stop`. */
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

/** Runs Taskport on embedded engines. They start in a process of their own while this one loads the service, which takes as long. */
export const startHost = async (options: HostOptions): Promise<Host> => {
  const { directory, metadata } = options;
  const [engines, { startService }] = await Promise.all([
    startEngines(defined({ bucket: BUCKET, directory, metadata })),
    import('./service.ts'),
  ]);
  return startService(engines, options);
};
