import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../lib/defined.ts';
import { Agent } from '../../lib/execution/agent.ts';
import { type Allow, allow } from '../../lib/location/allow.ts';
import { RuncExecutor } from '../runc/runc-executor.ts';
import { ApiControlPlane } from '../runner/api-control-plane.ts';
import { addressOf, Claimed, claim } from '../runner/claim.ts';
import { layerSource } from '../runner/layer-source.ts';
import { machineRules } from '../runner/machine-rules.ts';
import { RunnerNotes } from '../runner/notes.ts';
import { openSink } from '../runner/open-sink.ts';
import { runExecutors } from '../runner/run-executors.ts';
import { runcEngine } from '../runner/runc-engine.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export interface RunnerOptions {
  readonly executorLocation: string;
  readonly state?: string;
  readonly runtime?: string;
  readonly queue?: string;
  readonly logs?: string;
  readonly allow?: string;
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});

/** What the owner of the machine lets tasks ask for; undefined where the owner says nothing. Throws `UsageError` for what cannot be. */
const rulesOf = async (session: Session, file: string | undefined): Promise<Allow | undefined> => {
  if (file === undefined) return undefined;
  const { success, data, error } = allow.safeParse(await session.readJson(file));
  if (success) return data as Allow;
  const said = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UsageError(`${file} does not say what tasks may ask for: ${said.join('; ')}`);
};

/** Runs what is bound to the executors of a location on this machine, until interrupted; containers run on. */
export const runner: Action<RunnerOptions> = async (session, _, options) => {
  const { io, taskport, isJson } = session;
  const { executorLocation: location, state = join('/var/lib/taskport', location), runtime, queue } = options;
  const { logs = join(state, 'logs') } = options;
  const rules = await rulesOf(session, options.allow);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const claimed = await claim(addressOf(realpathSync(state))).catch((error: Error) => {
    throw error instanceof Claimed ? new UsageError(`${state} has a runner already`) : error;
  });
  const { signal } = io;
  const notes = new RunnerNotes(io, isJson);
  const executor = new RuncExecutor({
    directory: state,
    fetchLayer: layerSource(taskport, signal),
    openSink: openSink(resolve(logs), taskport),
    ...defined({ runtime }),
  });
  const engine = runcEngine(executor, machineRules(rules));
  const agent = new Agent({
    control: new ApiControlPlane(taskport, signal),
    engine,
    wait,
    now: Date.now,
    onNote: notes.note,
    onProgress: notes.progress,
  });
  try {
    await runExecutors({
      taskport,
      agent,
      tidy: async () => {},
      location,
      ...defined({
        events:
          queue === undefined
            ? undefined
            : (await import('../../lib/adapters/sqs/event-queue.ts')).queuedEvents(queue, signal),
      }),
      onReady: () => notes.note(`runs what is bound to the executors of ${location}`),
      signal,
    });
  } finally {
    await engine.close();
    claimed.close();
  }
};
