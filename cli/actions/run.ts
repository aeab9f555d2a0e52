import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from '../../lib/execution/agent.ts';
import { ApiControlPlane } from '../run/api-control-plane.ts';
import { Claimed, claimDirectory } from '../run/claim.ts';
import { layerSource } from '../run/layer-source.ts';
import { openSink } from '../run/open-sink.ts';
import { runExecutors } from '../run/run-executors.ts';
import { runcEngine } from '../run/runc-engine.ts';
import { RunnerNotes } from '../run/runner-notes.ts';
import { RuncExecutor } from '../runc/runc-executor.ts';
import type { Action } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export interface RunOptions {
  readonly executorLocation: string;
  readonly state?: string;
  readonly runtime?: string;
  readonly queue?: string;
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});

/** Runs what is bound to the executors of a location on this machine, until interrupted; containers run on. */
export const run: Action<RunOptions> = async ({ io, taskport, isJson }, _, options) => {
  const { executorLocation: location, state = join('/var/lib/taskport', location), runtime, queue } = options;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const claim = await claimDirectory(state).catch((error: Error) => {
    throw error instanceof Claimed ? new UsageError(error.message) : error;
  });
  const { signal } = io;
  const notes = new RunnerNotes(io, isJson);
  const executor = new RuncExecutor({
    directory: state,
    fetchLayer: layerSource(taskport, signal),
    openSink: openSink(join(state, 'logs')),
    ...(runtime === undefined ? {} : { runtime }),
  });
  const engine = runcEngine(executor);
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
      engine,
      location,
      ...(queue === undefined
        ? {}
        : { events: (await import('../../lib/adapters/sqs/event-queue.ts')).queuedEvents(queue, signal) }),
      onReady: () => notes.note(`runs what is bound to the executors of ${location}`),
      signal,
    });
  } finally {
    await engine.close();
    claim.close();
  }
};
