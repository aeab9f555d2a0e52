import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { type LogSink, Rewound, type StreamName } from '../../lib/execution/log-sink.ts';
import { Backlog } from './backlog.ts';
import { Brake } from './brake.ts';
import { CarriedStream, type Found, insistUntil } from './carried-stream.ts';
import { Lag } from './lag.ts';

/**
 * How an engine keeps what a container writes until its logs have it (`HostConfig.LogConfig`): at most 1 GiB, in a form that is no longer than what
 * was written. Files are large, since engines may lose lines of a log that is followed while they begin another.
 */
export const logConfig = {
  Type: 'local',
  Config: { 'max-size': '512m', 'max-file': '2', compress: 'false' },
};

/** Keeps how far the output of an attempt has come, for a runner that goes on with it. */
export interface Position {
  read(stream: StreamName): Promise<string | undefined>;
  write(stream: StreamName, mark: string): Promise<void>;
}

/** Keeps it in files of a directory, which is the attempt's own. */
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
  /** What the container was when it was looked at last. */
  readonly found: Found;
  /** Absent where a stream goes nowhere. */
  readonly sinks: Readonly<Partial<Record<StreamName, LogSink>>>;
  /** Of logs that keep no marks. */
  readonly position: Position;
  /** Lets go of it: what is not in its logs by then stays with the engine. */
  readonly signal: AbortSignal;
}

/**
 * Carries what a container writes into its logs. Settles once everything that it wrote is there and it has ended, or is gone. Throws the
 * signal's reason, and nothing else: what does not answer is asked again. A container that writes faster than its logs take, or than it is
 * read, is paused while too much waits.
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
  // The runner that paused it is gone, and it would wait for ever.
  if (found.isPaused) await container.unpause().catch(() => {});
  const carried = (['stdout', 'stderr'] as const).map(async (stream) => {
    const sink = sinks[stream];
    if (sink === undefined) return;
    const mark = sink.end ?? (await insistUntil(signal)(() => position.read(stream)));
    const note = async (reached: string): Promise<void> => {
      // A log that keeps marks says itself how far it is.
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
