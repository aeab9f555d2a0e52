import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './triggers.ts';

/** One line of a runner's output: an action, or the reason of a failure. */
export interface RunnerNote {
  readonly note?: string;
  /** The runner has found its engine, or is ready to run bound tasks. */
  readonly state?: 'engine' | 'ready';
  readonly detail?: string;
  readonly executorId?: string;
  readonly taskId?: string;
  readonly attempt?: number;
}

export interface RunnerOptions {
  /** The URL of Taskport. */
  readonly url: string;
  /** The directory of the runner's state. */
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onNote: (note: RunnerNote) => void;
  /** Called whenever the runner becomes ready to run bound tasks. */
  readonly onReady: () => void;
  /** Called if no engine answers at the start; no runner runs then. */
  readonly onLack: (why: string) => void;
}

/** The location of the executors that the runner serves. */
export const EXECUTORS = 'machines';

const COMMAND = resolve(import.meta.dirname, '../../dist/cli/main.js');
/** Preloaded into the runner: it ends the runner with its host, even if the host is killed. Tasks run on. */
const END_WITH_HOST =
  'data:text/javascript,process.on("disconnect",()=>process.kill(process.pid,"SIGTERM")).channel.unref()';
/** The pause before the restart of a runner that ended by itself. It doubles each time, until a runner is ready. */
const RESTART_MS = { least: 1_000, most: 60_000 };
/** Milliseconds that a runner may take to stop. */
const STOP_WITHIN = 10_000;

/** The end of a runner. */
interface End {
  readonly hadEngine: boolean;
  readonly wasReady: boolean;
  readonly why: string;
}

const startChild = ({ url, state, env }: RunnerOptions): ChildProcess => {
  // The token and the context of the user are for another Taskport.
  const { TASKPORT_TOKEN: _, TASKPORT_CONTEXT: __, ...rest } = env;
  return fork(COMMAND, ['runner', '--executor-location', EXECUTORS, '--state', state, '--json'], {
    execArgv: [`--import=${END_WITH_HOST}`],
    env: { ...rest, TASKPORT_URL: url, TASKPORT_AUTH: 'none' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Outside the terminal's process group: Ctrl-C reaches only the host, which stops the runner first.
    detached: true,
  });
};

const parse = (line: string): RunnerNote => {
  try {
    return JSON.parse(line);
  } catch {
    return { note: line };
  }
};

/** Settles after the child has ended and all its output is forwarded. */
const watch = async (child: ChildProcess, { onNote, onReady }: RunnerOptions): Promise<End> => {
  let [hadEngine, wasReady, why] = [false, false, ''];
  const streams = [child.stdout, child.stderr] as Readable[];
  const read = streams.map(async (input) => {
    for await (const line of createInterface({ input })) {
      const told = parse(line);
      hadEngine ||= told.state === 'engine';
      if (told.detail === undefined) onNote(told);
      else why = told.detail;
      if (told.state !== 'ready') continue;
      wasReady = true;
      onReady();
    }
  });
  const ended = new Promise<string>((settle) => {
    child.once('error', ({ message }) => settle(message));
    child.once('exit', (code, signal) => settle(`it ended with ${signal ?? code}`));
  });
  const how = await ended;
  await Promise.all(read);
  return { hadEngine, wasReady, why: why || how };
};

/** Runs `taskport runner` in its own process, and restarts it if it ends by itself. */
export const startRunner = (options: RunnerOptions): Running => {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  const keep = async (): Promise<void> => {
    let hasFound = false;
    for (let delay = RESTART_MS.least; ; delay = Math.min(2 * delay, RESTART_MS.most)) {
      child = startChild(options);
      const { hadEngine, wasReady, why } = await watch(child, options);
      if (stopping.signal.aborted) return;
      if (!hadEngine && !hasFound) return options.onLack(why);
      hasFound = true;
      // An engine that does not answer any more may be restarting.
      const told = hadEngine
        ? `the runner ended, and the host restarts it: ${why}. Its tasks keep running`
        : `the host restarts the runner: ${why}`;
      options.onNote({ note: told });
      if (wasReady) delay = RESTART_MS.least;
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
    }
  };
  const kept = keep();
  return {
    stop: async () => {
      stopping.abort();
      child?.kill('SIGTERM');
      const force = setTimeout(() => child?.kill('SIGKILL'), STOP_WITHIN);
      await kept;
      clearTimeout(force);
    },
  };
};
