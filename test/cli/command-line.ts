/** Runs the command line in this process. */
import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { runCommand, startHost } from '../host-bundle.ts';

/** The installed command for a process of its own: it starts in a fifth of the time of its sources. */
export const COMMAND = join(import.meta.dirname, '../..', manifest.bin.taskport);

interface Ran {
  readonly code: number;
  readonly out: string;
  /** Standard output as bytes. */
  readonly bytes: Buffer;
  readonly err: string;
  /** What was printed, line by line, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of the output.
  readonly json: any[];
}

interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array | (() => Promise<Uint8Array>);
  readonly isWatched?: boolean;
  readonly signal?: AbortSignal;
  /** The source of signals for a command: events `signal` with their names. */
  readonly signals?: EventEmitter;
  /** Gets the output as it is printed. */
  readonly onOut?: (text: string) => void;
  readonly onErr?: (text: string) => void;
}

/** Runs command lines against one service. */
export type Run = (args: readonly string[], circumstances?: Circumstances) => Promise<Ran>;

/** The command line against one service. */
export const runAgainst =
  (url: string): Run =>
  async (args, { env = {}, input = '', isWatched = false, signal, signals, onOut, onErr } = {}) => {
    const chunks: Buffer[] = [];
    let err = '';
    const out = (said: string | Uint8Array) => {
      chunks.push(Buffer.from(said as string));
      if (typeof said === 'string') onOut?.(said);
    };
    const code = await runCommand(args, {
      env: { TASKPORT_URL: url, ...env },
      out,
      err: (said) => {
        err += said;
        onErr?.(said);
      },
      write: async (bytes) => out(bytes),
      input: async function* () {
        yield typeof input === 'function' ? await input() : Buffer.from(input);
      },
      isWatched,
      signal: signal ?? new AbortController().signal,
      onSignal: (listen) => {
        signals?.on('signal', listen);
        return () => signals?.off('signal', listen);
      },
    });
    const bytes = Buffer.concat(chunks);
    const printed = bytes.toString();
    return {
      code,
      out: printed,
      bytes,
      err,
      get json() {
        return printed
          .trim()
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line));
      },
    };
  };

/** A local host for the tests of a file, and the command line against it. */
export const startCommandLine = async (): Promise<{ url: string; run: Run; stop: () => Promise<void> }> => {
  const { url, stop } = await startHost({ port: 0, onEvent: () => {} });
  return { url, stop, run: runAgainst(url) };
};
