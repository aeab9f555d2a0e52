import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signals } from '../../lib/element/signal-name.ts';
import type { Attempt, Exit } from '../../lib/execution/attempt.ts';
import { run } from './program.ts';
import { attemptName, exists, nameOf } from './state.ts';

/** The first real-time signal is 34: the C library keeps two for itself. */
const FIRST_REALTIME = signals.indexOf('RTMIN');

/** Its number on Linux, by its name without `SIG`. */
export const signalNumber = (name: string): number => {
  const at = signals.indexOf(name);
  return at < FIRST_REALTIME ? at + 1 : at + 3;
};

/** How an attempt ended by the status that a shell has of it: 128 and more tell of a signal, where there is one of that number. */
export const exitOf = (status: number): Exit => {
  const exitSignal = signals.find((name) => signalNumber(name) === status - 128);
  return exitSignal === undefined ? { exitCode: status } : { exitSignal };
};

/** runc, with a state of its own in a directory. */
export class Runtime {
  readonly #program: string;
  readonly #root: string;

  constructor(program: string, root: string) {
    this.#program = program;
    this.#root = root;
  }

  /**
   * The container of an attempt of a first task. Groups of processes are named by it for the whole machine, and so runners with other
   * directories have other names.
   */
  containerOf(first: Attempt): string {
    return `taskport-${nameOf(this.#root, attemptName(first))}`;
  }

  /** The command that runs the bundle beside it as a container and ends as its first process does. */
  runCommand(container: string): string[] {
    return [...this.#command('log'), 'run', '--bundle', 'bundle', '--pid-file', 'pid', container];
  }

  /** The command that runs a further process, of a document beside it, and ends as that does. */
  execCommand(container: string, document: string): string[] {
    return [...this.#command('log'), 'exec', '--process', document, '--pid-file', 'pid', container];
  }

  /** Ends and removes a container, where there is one. */
  async delete(container: string): Promise<void> {
    if (await exists(join(this.#root, container)))
      await run(this.#program, ['--root', this.#root, 'delete', '--force', container]);
  }

  async pause(container: string): Promise<void> {
    await run(this.#program, ['--root', this.#root, 'pause', container]);
  }

  async resume(container: string): Promise<void> {
    await run(this.#program, ['--root', this.#root, 'resume', container]);
  }

  /** The processes of a container. */
  async pids(container: string): Promise<number[]> {
    const listed = await run(this.#program, [
      '--root',
      this.#root,
      'ps',
      '--format',
      'json',
      container,
    ]).catch(() => '[]');
    return (JSON.parse(listed) as number[] | null) ?? [];
  }

  #command(log: string): string[] {
    return [this.#program, '--root', this.#root, '--log', log, '--log-format', 'json'];
  }
}

/** The last error of a log of the runtime; undefined where it has none. */
export const lastErrorIn = async (log: string): Promise<string | undefined> => {
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n').reverse();
  for (const line of lines) {
    try {
      const { level, msg } = JSON.parse(line) as { level?: string; msg?: string };
      if (level === 'error' || level === 'fatal') return msg;
    } catch {
      // A line that is cut short on a full disk says nothing.
    }
  }
  return undefined;
};
