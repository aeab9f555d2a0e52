import { defined } from '../../lib/defined.ts';
import type { BridgeEvent } from './bus.ts';
import { type MetadataEngineName, startEngines } from './engines/engines.ts';

/** The bucket of all data. */
export const BUCKET = 'taskport';

export interface HostOptions {
  /** The directory of all data; without one, the data is gone after `stop`. */
  readonly directory?: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly metadata?: MetadataEngineName;
  readonly onEvent: (event: BridgeEvent) => void;
}

export interface Host {
  readonly url: string;
  /** Settles with the reason if an engine ends by itself. */
  readonly failed: Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Runs Taskport on embedded engines. The engines start in their own process, while this process loads the service, which takes about as long. */
export const startHost = async (options: HostOptions): Promise<Host> => {
  const { directory, metadata } = options;
  const [engines, { startService }] = await Promise.all([
    startEngines(defined({ bucket: BUCKET, directory, metadata })),
    import('./service.ts'),
  ]);
  return startService(engines, options);
};
