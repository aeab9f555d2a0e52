import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined } from '../../lib/defined.ts';
import { Agent } from '../../lib/execution/agent.ts';
import { deferred } from '../../lib/execution/deferred.ts';
import type { Engine } from '../../lib/execution/engine.ts';
import { type Insistence, insistOnStop } from '../../lib/execution/insist-on-stop.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import { type Allow, allow } from '../../lib/location/allow.ts';
import { engineIdOf } from '../docker/engine-id.ts';
import { namedService, type Scope } from '../docker/labels.ts';
import { reachEngine } from '../docker/reach-engine.ts';
import { durationOf, sizeOf } from '../number.ts';
import { ApiControlPlane } from '../runner/api-control-plane.ts';
import { addressOf, askToLeave, Claimed, claim } from '../runner/claim.ts';
import { createdAtOf } from '../runner/created-at.ts';
import { holdLocation } from '../runner/hold-location.ts';
import { Lease } from '../runner/lease.ts';
import { RunnerNotes } from '../runner/notes.ts';
import { openEngine } from '../runner/open-engine.ts';
import { noteOthers } from '../runner/other-services.ts';
import { lookAtAll, runExecutors } from '../runner/run-executors.ts';
import { openSecrets } from '../runner/secrets.ts';
import { serveSession } from '../runner/serve-session.ts';
import { openState, stateOf } from '../runner/state-directory.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export interface RunnerOptions {
  readonly executorLocation?: string;
  readonly engine?: string;
  readonly takeoverAfter?: string;
  readonly allow?: string;
  readonly secrets?: string;
  readonly keep?: string;
  readonly queue?: string;
  readonly state?: string;
  readonly logs?: string;
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {});

/** What the owner of the machine lets tasks request; undefined without limits. Throws `UsageError` for an invalid file. */
const rulesOf = async (session: Session, file: string | undefined): Promise<Allow | undefined> => {
  if (file === undefined) return undefined;
  const { success, data, error } = allow.safeParse(await session.readJson(file));
  if (success) return data as Allow;
  const said = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UsageError(`${file} is no valid --allow: ${said.join('; ')}`);
};

/** Ends everything that runs on an engine now. */
const endStrays = async (insistence: Insistence & { readonly engine: Engine }): Promise<void> => {
  const { engine } = insistence;
  for (const { attempt } of await engine.find()) await insistOnStop(attempt, insistence);
  await engine.close();
};

/** The engine of a machine, and the address of the process that runs tasks of the location there. */
const reach = async ({ io, url }: Session, location: string, said: string | undefined) => {
  const reached = await reachEngine(said, io.env);
  const engineId = await engineIdOf(reached);
  const scope: Scope = { service: new URL(url), location };
  return { reached, engineId, scope, address: addressOf(engineId, namedService(scope.service), location) };
};

/** How often to look for writes to save, whether or not the runner holds the lease. */
const SAVE_MS = 10_000;

/** Saves writes on this engine, even if another engine has the tasks by now. */
const keepSaving = async (agent: Agent, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await agent.save().catch(() => {});
    await wait(SAVE_MS, signal);
  }
};

/** Runs bound tasks on the engine of a machine; or claims the location only to end its tasks and leave. */
const run = async (
  session: Session,
  location: string,
  options: RunnerOptions,
  place: Awaited<ReturnType<typeof reach>>,
  isToLeave: boolean,
): Promise<void> => {
  const { io, taskport, isJson } = session;
  const { queue, takeoverAfter, state = stateOf(location, io.env) } = options;
  const { logs = join(state, 'logs') } = options;
  const { reached, engineId, scope, address } = place;
  const { name, version, host } = reached.facts;
  const keep = sizeOf('--keep', options.keep ?? '10GiB');
  const silence = takeoverAfter === undefined ? undefined : durationOf('--takeover-after', takeoverAfter);
  const rules = await rulesOf(session, options.allow);
  const notes = new RunnerNotes(io, isJson);
  const secretOf = await openSecrets(options.secrets, notes.note);
  const ending = new AbortController();
  const signal = firstAborted(io.signal, ending.signal);
  const held = deferred<void>();
  let isReady = false;
  const former = openState(state);
  notes.state('engine', `runs tasks on ${name} ${version} at ${host}`);
  if (former.length > 0)
    notes.note(
      `${state} has ${former.join(', ')} of an earlier version, which nothing uses any more: UPGRADING.md says how to remove them`,
    );
  if (silence !== undefined)
    notes.note(
      `takes over from another engine if it has been silent for ${silence} s: tasks that it still runs without a runner run twice`,
    );
  const lease = new Lease({
    taskport,
    location,
    engine: engineId,
    signal,
    onNote: notes.note,
    clock: () => performance.now(),
    runner: `${hostname()}/${process.pid}-${randomUUID().slice(0, 8)}`,
    ...defined({ takeoverAfter: silence }),
  });
  const surroundings = {
    reached,
    taskport,
    scope,
    state: resolve(state),
    logs: resolve(logs),
    secretOf,
    allow: rules,
    keep,
    onNote: notes.note,
    signal,
  };
  const { engine, tidy } = openEngine(surroundings);
  const agent = new Agent({
    control: new ApiControlPlane(taskport, lease, engineId, join(resolve(state), 'sending'), signal),
    engine,
    wait,
    now: Date.now,
    onNote: notes.note,
    onProgress: notes.progress,
    onSaving: notes.saving,
  });
  const leaveLocation = async (): Promise<void> => {
    notes.note(`leaves ${location}: ends its tasks`);
    lease.stopStarting();
    await held.promise;
    if (isToLeave) await agent.adopt();
    await agent.end('its runner left');
    await agent.over();
    // An earlier runner of this lease may have started something since.
    while (!(await lease.giveBack()))
      await endStrays({ engine: openEngine(surroundings).engine, wait, onNote: notes.note, signal });
    notes.note(`has left ${location}`);
    ending.abort();
  };
  let leaving: Promise<void> | undefined;
  const leave = (): Promise<void> => {
    leaving ??= leaveLocation();
    return leaving;
  };
  const claimed = await claim(address, { directory: resolve(state), leave }).catch((error: Error) => {
    const said = `${location} has a runner already on the engine at ${host}`;
    throw error instanceof Claimed ? new UsageError(said) : error;
  });
  const running = async (): Promise<void> => {
    if (isToLeave) return leave();
    await held.promise;
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
      onReady: () => {
        isReady = true;
        notes.state('ready', `runs the tasks that you start in ${location}`);
      },
      onSession: (id) =>
        void serveSession({ taskport, lease, engine, location, onNote: notes.note, signal }, id),
      onNote: notes.note,
      signal,
    });
  };
  const identify = async (): Promise<void> => {
    scope.locationCreatedAt = await createdAtOf({ taskport, location, onNote: notes.note, signal });
  };
  const hold = (): Promise<void> =>
    holdLocation({
      taskport,
      lease,
      agent,
      engine,
      location,
      wait,
      signal,
      onNote: notes.note,
      onLost: identify,
      onHeld: () => {
        held.resolve();
        // Until the agent has taken over all running tasks, they would look lost.
        if (isReady) void lookAtAll({ taskport, agent, location, signal }).catch(() => {});
      },
    });
  try {
    // Before this, what another service at this URL left on the engine would look like its own.
    await identify();
    void noteOthers(reached, scope, notes.note);
    void keepSaving(agent, signal);
    await Promise.race([hold(), running()]);
  } catch (error) {
    // The runner has left.
    if (!ending.signal.aborted) throw error;
  } finally {
    ending.abort();
    await agent.stop();
    await lease.interrupt();
    await engine.close();
    claimed.close();
  }
};

/** Runs what is bound to the executors of a location on the engine of a machine, until interrupted; running tasks continue after that. */
export const runner: Action<RunnerOptions> = async (session, _, options) => {
  const { executorLocation: location } = options;
  if (location === undefined)
    throw new UsageError('--executor-location is required: name the location whose executors to run');
  await run(session, location, options, await reach(session, location, options.engine), false);
};

/** Has the runner of a location on this machine end its tasks and give the location back; does so itself if no runner runs. */
export const leaveRunner: Action<Pick<RunnerOptions, 'engine' | 'state' | 'logs'>> = async (
  session,
  [location = ''],
  options,
) => {
  const place = await reach(session, location, options.engine);
  if (await askToLeave(place.address, session.io.signal)) session.note(`the runner of ${location} has left`);
  else await run(session, location, options, place, true);
};
