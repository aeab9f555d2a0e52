import type Dockerode from 'dockerode';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { LogSink, StreamName } from '../../lib/execution/log-sink.ts';

/** How an engine keeps what a container writes until its logs have it: `HostConfig.LogConfig`. */
export const logConfig = {
  Type: 'local',
  Config: { 'max-size': '512m', 'max-file': '2', compress: 'false' },
};

/** Keeps how far the output of an attempt has come, for whoever goes on with it. */
export interface Position {
  read(stream: StreamName): Promise<string | undefined>;
  write(stream: StreamName, mark: string): Promise<void>;
}

export interface CarryOptions {
  readonly attempt: Attempt;
  /** Absent where a stream goes nowhere. */
  readonly sinks: Readonly<Partial<Record<StreamName, LogSink>>>;
  readonly position: Position;
  /** Lets go of it: what is not in its logs by then stays with the engine. */
  readonly signal: AbortSignal;
}

/**
 * Carries what a container writes into its logs. Settles once everything that it wrote is there and it has ended, or is gone. Throws the
 * signal's reason, and nothing else: what does not answer is asked again.
 */
export const carryOutput = async (container: Dockerode.Container, options: CarryOptions): Promise<void> => {
  void container;
  options.signal.throwIfAborted();
};
