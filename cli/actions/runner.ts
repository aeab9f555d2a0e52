import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../lib/defined.ts';
import { Agent } from '../../lib/execution/agent.ts';
import { type Allow, allow } from '../../lib/location/allow.ts';
import { reachEngine } from '../docker/reach-engine.ts';
import { bytesOf } from '../number.ts';
import { ApiControlPlane } from '../runner/api-control-plane.ts';
import { addressOf, Claimed, claim } from '../runner/claim.ts';
import { RunnerNotes } from '../runner/notes.ts';
import { openEngine } from '../runner/open-engine.ts';
import { runExecutors } from '../runner/run-executors.ts';
import { openSecrets } from '../runner/secrets.ts';
import { openState, stateOf } from '../runner/state-directory.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export interface RunnerOptions {
  readonly executorLocation: string;
  readonly engine?: string;
  readonly allow?: string;
  readonly secrets?: string;
  readonly keep: string;
  readonly queue?: string;
  readonly state?: string;
  readonly logs?: string;
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

/** Runs what is bound to the executors of a location on the engine of a machine, until interrupted; tasks run on. */
export const runner: Action<RunnerOptions> = async (session, _, options) => {
  const { io, taskport, isJson, url } = session;
  const { signal, env } = io;
  const { executorLocation: location, queue, state = stateOf(location, env) } = options;
  const { logs = join(state, 'logs') } = options;
  const keep = bytesOf('--keep', options.keep);
  const rules = await rulesOf(session, options.allow);
  const notes = new RunnerNotes(io, isJson);
  const secretOf = await openSecrets(options.secrets, notes.note);
  const reached = await reachEngine(options.engine, env);
  const { name, version, host } = reached.facts;
  const scope = { service: new URL(url), location };
  const claimed = await claim(addressOf(host, scope.service.href, location)).catch((error: Error) => {
    const said = `${location} has a runner already on the engine at ${host}`;
    throw error instanceof Claimed ? new UsageError(said) : error;
  });
  const former = openState(state);
  notes.note(`runs tasks on ${name} ${version} at ${host}`);
  if (former.length > 0)
    notes.note(
      `${state} has ${former.join(', ')} of a runner of before, which nothing needs any more: UPGRADING.md says how to remove them`,
    );
  const { engine, tidy } = openEngine({
    ...{ reached, taskport, scope, state: resolve(state), logs: resolve(logs), secretOf, allow: rules, keep },
    onNote: notes.note,
    signal,
  });
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
      tidy,
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
