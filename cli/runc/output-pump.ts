import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { LogSink, StreamName } from '../../lib/execution/log-sink.ts';
import type { DirectoryWatch } from './directory-watch.ts';
import { LineSplitter } from './line-splitter.ts';
import { run } from './program.ts';

const CHUNK_BYTES = 256 * 1024;
/** Room on disk that is given back at a time. */
const PUNCH_BYTES = 8 * 1024 * 1024;
const BLOCK_BYTES = 4096;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;
/** Digits of the largest offset: the file never grows, so that a full disk has room for it. */
const OFFSET_DIGITS = 16;

/** Where a pump of an earlier process had come to. */
const offsetFile = (stream: StreamName): string => `${stream}.offset`;

/** Makes what a pump works on, before anything is written there. */
export const prepareStream = async (directory: string, stream: StreamName): Promise<void> => {
  for (const [name, content] of [
    [stream, ''],
    [offsetFile(stream), '0'.padStart(OFFSET_DIGITS)],
  ] as const) {
    const file = await open(join(directory, name), 'wx', 0o600);
    await file.writeFile(content).finally(() => file.close());
  }
};

/** Carries what a task writes to a file into a log, line by line, and gives back the room that it took. */
export class OutputPump {
  readonly #directory: string;
  readonly #stream: StreamName;
  readonly #openSink: () => Promise<LogSink>;
  readonly #watch: DirectoryWatch;
  readonly #abort: AbortSignal;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  readonly #lines = new LineSplitter();
  /** Bytes that were in the log at the beginning, are read, are in the log, and are given back. */
  #begin = 0;
  #read = 0;
  #logged = 0;
  #punched = 0;

  constructor(
    directory: string,
    stream: StreamName,
    openSink: () => Promise<LogSink>,
    watch: DirectoryWatch,
    abort: AbortSignal,
  ) {
    this.#directory = directory;
    this.#stream = stream;
    this.#openSink = openSink;
    this.#watch = watch;
    this.#abort = abort;
  }

  /** Goes on until `isOver` and everything is in the log; settles then, and throws only where it was aborted. */
  async run(isOver: () => boolean): Promise<void> {
    const sink = await this.#insist(this.#openSink);
    const opened: FileHandle[] = [];
    const opening = async (name: string, flags: string): Promise<FileHandle> => {
      const file = await open(join(this.#directory, name), flags);
      opened.push(file);
      return file;
    };
    try {
      const output = await opening(this.#stream, 'r');
      const offset = await opening(offsetFile(this.#stream), 'r+');
      this.#begin = Number(await offset.readFile('utf8'));
      this.#read = this.#begin;
      this.#logged = this.#begin;
      this.#punched = this.#begin;
      for (;;) {
        // A release wakes every waiter once; a waiter that comes later has to look by itself.
        this.#abort.throwIfAborted();
        const version = this.#watch.version(this.#stream, 'exit');
        const isLast = isOver();
        await this.#drain(output, offset, sink);
        if (isLast) break;
        await this.#watch.after(version, this.#stream, 'exit');
      }
      await this.#deliver(this.#lines.end(), offset, sink);
      await this.#insist(() => sink.close());
    } catch (error) {
      await sink.close().catch(() => {});
      throw error;
    } finally {
      await Promise.all(opened.map((file) => file.close()));
    }
  }

  /** Bytes that were written and are not in the log. */
  async backlog(): Promise<number> {
    const { size } = await stat(join(this.#directory, this.#stream));
    return size - this.#begin - this.#lines.consumed;
  }

  async #drain(output: FileHandle, offset: FileHandle, sink: LogSink): Promise<void> {
    const chunk = this.#chunk;
    for (;;) {
      const { bytesRead } = await output.read(chunk, 0, CHUNK_BYTES, this.#read);
      if (bytesRead === 0) return;
      this.#read += bytesRead;
      await this.#deliver(this.#lines.push(chunk.subarray(0, bytesRead)), offset, sink);
      if (this.#logged - this.#punched >= PUNCH_BYTES) await this.#punch();
    }
  }

  async #deliver(texts: readonly string[], offset: FileHandle, sink: LogSink): Promise<void> {
    if (texts.length === 0) return;
    const at = new Date().toISOString();
    const lines = texts.map((text) => ({ at, text }));
    await this.#insist(() =>
      sink.write(lines).catch(async (error) => {
        // It may be this output that takes all the room which the log needs.
        await this.#punch();
        throw error;
      }),
    );
    this.#logged = this.#begin + this.#lines.consumed;
    const done = String(this.#logged).padStart(OFFSET_DIGITS);
    await this.#insist(() => offset.write(done, 0));
  }

  /** Tries until it works: there is nobody to tell, and the output is safe where it is. */
  async #insist<T>(action: () => Promise<T>): Promise<T> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      this.#abort.throwIfAborted();
      try {
        return await action();
      } catch {
        await setTimeout(pause, undefined, { signal: this.#abort });
      }
    }
  }

  /** Gives back the room of what is in the log; a file system that cannot keeps it until the attempt is forgotten. */
  async #punch(): Promise<void> {
    const end = Math.floor(this.#logged / BLOCK_BYTES) * BLOCK_BYTES;
    if (end <= this.#punched) return;
    const hole = ['--punch-hole', '--offset', String(this.#punched), '--length', String(end - this.#punched)];
    this.#punched = end;
    await run('fallocate', [...hole, this.#stream], { cwd: this.#directory }).catch(() => {});
  }
}
