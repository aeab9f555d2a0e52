import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './triggers.ts';

/** What a runner prints, a line for each: what it does, or why it cannot. */
export interface RunnerNote {
  readonly note?: string;
  readonly detail?: string;
  readonly executorId?: string;
  readonly taskId?: string;
  readonly attempt?: number;
}

export interface RunnerOptions {
  /** Where Taskport is. */
  readonly url: string;
  /** Where the runner keeps what it has to remember. */
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onNote: (note: RunnerNote) => void;
  /** Called each time when the runner is ready to run bound tasks. */
  readonly onReady: () => void;
  /** Called if no engine answers; then no runner runs. */
  readonly onLack: (why: string) => void;
}

/** The location whose executors are run. */
export const EXECUTORS = 'machines';

const COMMAND = resolve(import.meta.dirname, '../../dist/cli/main.js');
/** Preloaded: it ends the runner with its host, however that dies. Tasks run on. */
const END_WITH_HOST =
  'data:text/javascript,process.on("disconnect",()=>process.kill(process.pid,"SIGTERM")).channel.unref()';
/** The pause before a runner that ended by itself is restarted. It doubles each time, until a runner is ready. */
const RESTART_MS = { least: 1_000, most: 60_000 };
/** How long a runner may take to end when it is asked to. */
const STOP_WITHIN = 10_000;

/** How a runner ended. */
interface End {
  readonly hadEngine: boolean;
  readonly wasReady: boolean;
  readonly why: string;
}

const startChild = ({ url, state, env }: RunnerOptions): ChildProcess => {
  // A token and a context of the user's are for another Taskport.
  const { TASKPORT_TOKEN: _, TASKPORT_CONTEXT: __, ...rest } = env;
  return fork(COMMAND, ['runner', '--executor-location', EXECUTORS, '--state', state, '--json'], {
    execArgv: [`--import=${END_WITH_HOST}`],
    env: { ...rest, TASKPORT_URL: url, TASKPORT_AUTH: 'none' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Out of the terminal's process group: a Ctrl-C reaches the host alone, which stops the runner first.
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

/** Settles when the child has ended and all of its output was passed on. */
const watch = async (child: ChildProcess, { onNote, onReady }: RunnerOptions): Promise<End> => {
  let [hadEngine, wasReady, why] = [false, false, ''];
  const streams = [child.stdout, child.stderr] as Readable[];
  const read = streams.map(async (input) => {
    for await (const line of createInterface({ input })) {
      const told = parse(line);
      hadEngine ||= told.note?.startsWith('runs tasks on') ?? false;
      if (told.detail === undefined) onNote(told);
      else why = told.detail;
      if (!told.note?.startsWith('runs what is bound')) continue;
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

/** Runs `taskport runner` in a process of its own, and again where it ends unasked. */
export const startRunner = (options: RunnerOptions): Running => {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  const keep = async (): Promise<void> => {
    for (let delay = RESTART_MS.least; ; delay = Math.min(2 * delay, RESTART_MS.most)) {
      child = startChild(options);
      const { hadEngine, wasReady, why } = await watch(child, options);
      if (stopping.signal.aborted) return;
      if (!hadEngine) return options.onLack(why);
      options.onNote({ note: `the runner has ended, and is started again: ${why}. Tasks run on` });
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
