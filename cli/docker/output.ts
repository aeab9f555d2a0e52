import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { type LogSink, Rewound, type StreamName } from '../../lib/execution/log-sink.ts';
import { Backlog } from './backlog.ts';
import { Brake } from './brake.ts';
import { CarriedStream, type Found, insistUntil } from './carried-stream.ts';
import { Lag } from './lag.ts';

/**
 * How an engine keeps a container's output until it is in the logs (`HostConfig.LogConfig`): at most 1 GiB, in a format no longer than
 * the output. The files are large, because engines may lose lines for a reader that follows while they begin another file.
 */
export const logConfig = {
  Type: 'local',
  Config: { 'max-size': '512m', 'max-file': '2', compress: 'false' },
};

/** Records how much of an attempt's output the runner has sent, for the next runner. */
export interface Position {
  read(stream: StreamName): Promise<string | undefined>;
  write(stream: StreamName, mark: string): Promise<void>;
}

/** Keeps marks in files of the attempt's own directory. */
export const positionIn = (directory: string): Position => ({
  read: (stream) =>
    readFile(join(directory, `${stream}.mark`), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }),
  async write(stream, mark) {
    const path = join(directory, `${stream}.mark`);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, mark);
    await rename(`${path}.new`, path);
  },
});

export interface CarryOptions {
  /** The container's state at the last look. */
  readonly found: Found;
  /** The log of each stream; absent if a stream has none. */
  readonly sinks: Readonly<Partial<Record<StreamName, LogSink>>>;
  /** The marks, for logs that keep none themselves. */
  readonly position: Position;
  /** Aborts the transfer; output that is not in its logs yet stays in the engine. */
  readonly signal: AbortSignal;
}

/**
 * Sends a container's output to its logs. Settles once the logs have all of it and the container has ended or is gone. Throws only the
 * signal's reason: it repeats calls without an answer. Pauses a container that writes faster than its logs or this reader take.
 */
export const carryOutput = async (
  docker: Dockerode,
  id: string,
  { found, sinks, position, signal }: CarryOptions,
): Promise<void> => {
  const container = docker.getContainer(id);
  const brake = new Brake(
    () => container.pause(),
    () => container.unpause(),
  );
  // The earlier runner that paused it is gone, so the container would wait for ever.
  if (found.isPaused) await container.unpause().catch(() => {});
  const carried = (['stdout', 'stderr'] as const).map(async (stream) => {
    const sink = sinks[stream];
    if (sink === undefined) return;
    const mark = sink.end ?? (await insistUntil(signal)(() => position.read(stream)));
    const note = async (reached: string): Promise<void> => {
      // A log that keeps marks says how much it has.
      if (sink.end === undefined) await position.write(stream, reached);
    };
    const backlog = new Backlog(container, stream, brake);
    const lag = new Lag(docker, stream, brake);
    const carry = (from: string | undefined): Promise<void> =>
      new CarriedStream({ container, found, stream, sink, mark: from, note, backlog, lag, signal })
        .run()
        .catch((error) => {
          if (error instanceof Rewound) return carry(error.mark);
          throw error;
        });
    await carry(mark);
  });
  const settled = await Promise.allSettled(carried);
  signal.throwIfAborted();
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed) throw (failed as PromiseRejectedResult).reason;
};
