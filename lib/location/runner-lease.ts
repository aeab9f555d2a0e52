import { defined } from '../defined.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { inOrder } from '../in-order.ts';
import type { RunnerClaim, ShownLease } from './runner-schema.ts';
import { runnerLease } from './runner-schema.ts';

/** The lease by which one runner at a time runs the tasks of a location (ADR 43). */
export interface Lease {
  readonly epoch: number;
  /** The engine that has the lease; absent if it is free. */
  readonly engine?: string;
  /** The runner of that engine; absent after it was interrupted. */
  readonly runner?: string;
  readonly claimedAt?: string;
  readonly heardAt?: string;
  /** The length of silence that its holder was told. */
  readonly silenceSeconds: number;
  /** The engine that was fenced and may still run tasks. */
  readonly fenced?: string;
  /** Another engine had the tasks before, and they are not reported as lost yet. */
  readonly isUnsettled?: true;
  /** Until when an earlier runner of this engine may still live. */
  readonly sharedUntil?: string;
}

/** A change of a lease, with its reason. */
export interface LeaseChange {
  readonly lease: Lease;
  readonly at: string;
  /** The event of the change; a kept lease has none. */
  readonly what?: 'claimed' | 'left' | 'fenced';
  /** The engine that had it before. */
  readonly from?: string;
}

const after = (time: string | undefined, seconds: number): string =>
  new Date((time === undefined ? 0 : Date.parse(time)) + seconds * 1000).toISOString();

/** Whole seconds since the service heard the runner; its clock may have been set back. */
const silentFor = ({ heardAt = '' }: Lease, now: number): number =>
  Math.max(0, Math.floor((now - Date.parse(heardAt)) / 1000));

export const staleRunner = (location: string, { epoch, engine }: Lease): TaskportError =>
  new TaskportError(
    'stale-runner',
    `the lease of ${location} is at epoch ${epoch} now, and ${engine === undefined ? 'free' : `the engine ${engine} has it`}: read it again`,
    defined({ epoch, engine }),
  );

const elsewhere = (location: string, { engine, runner, heardAt }: Lease, hint: string): TaskportError =>
  new TaskportError(
    'runner-elsewhere',
    `${runner === undefined ? 'a runner that was interrupted' : `the runner ${runner}`} has the tasks of ${location}, on the engine ${engine}, and was last heard at ${heardAt}: ${hint}`,
    defined({ engine, runner, heardAt }),
  );

/** A lease after a claim. Throws `stale-runner`, `runner-elsewhere`, `invalid-request`. */
export const claimed = (
  location: string,
  former: Lease,
  { engine, runner, epoch, takeover }: RunnerClaim,
  { now, silenceSeconds }: { readonly now: number; readonly silenceSeconds: number },
): LeaseChange => {
  if (former.epoch !== epoch) throw staleRunner(location, former);
  const isOthers = former.engine !== undefined && former.engine !== engine;
  if (isOthers) {
    if (!takeover)
      throw elsewhere(location, former, 'have it leave, have an administrator fence it, or take it over');
    if (takeover.afterSeconds < former.silenceSeconds)
      throw invalidRequest({
        path: 'takeover.afterSeconds',
        message: `must be at least ${former.silenceSeconds}: a live runner has ended its tasks by then`,
      });
    if (former.heardAt !== takeover.heardAt || silentFor(former, now) < takeover.afterSeconds)
      throw elsewhere(
        location,
        former,
        'wait, because the service heard from the runner after you read the lease, or the runner was silent for less than `takeover.afterSeconds`',
      );
  }
  const at = new Date(now).toISOString();
  const from = former.engine ?? former.fenced;
  const isOfAnother = from !== undefined && from !== engine;
  const isShared = former.engine === engine && former.runner !== undefined && former.runner !== runner;
  const shared = [
    ...(former.engine === engine && former.sharedUntil !== undefined ? [former.sharedUntil] : []),
    ...(isShared ? [after(former.heardAt, former.silenceSeconds)] : []),
  ].filter((until) => until > at);
  return {
    what: 'claimed',
    at,
    lease: {
      epoch: epoch + 1,
      engine,
      runner,
      claimedAt: at,
      heardAt: at,
      silenceSeconds,
      ...defined({
        isUnsettled: isOfAnother || former.isUnsettled ? (true as const) : undefined,
        sharedUntil: shared.sort().at(-1),
      }),
    },
    ...defined({ from: isOfAnother ? from : undefined }),
  };
};

/** The lease of a runner that ends while its tasks run on. Throws `stale-runner`. */
export const kept = (location: string, former: Lease, epoch: number, now: number): LeaseChange => {
  if (former.epoch !== epoch || former.engine === undefined) throw staleRunner(location, former);
  const { runner: _, ...rest } = former;
  const at = new Date(now).toISOString();
  return { at, lease: { ...rest, heardAt: at } };
};

/** The lease after a runner gave it back, whose tasks have ended. Throws `stale-runner`, `invalid-state`. */
export const left = (location: string, former: Lease, epoch: number, now: number): LeaseChange => {
  const { engine, isUnsettled, silenceSeconds, sharedUntil } = former;
  if (former.epoch !== epoch || engine === undefined) throw staleRunner(location, former);
  const at = new Date(now).toISOString();
  if (sharedUntil !== undefined && sharedUntil > at) {
    const detail = `another runner of the engine ${engine} had the lease of ${location} before, and may start tasks until ${sharedUntil}: leave after that`;
    throw new TaskportError('invalid-state', detail, { state: 'held' });
  }
  return {
    what: 'left',
    at,
    from: engine,
    lease: { epoch: epoch + 1, silenceSeconds, ...defined({ isUnsettled }) },
  };
};

/**
 * The lease after it was taken from an engine. Throws `invalid-state` if it is free, or if the silence of its
 * runner was too short.
 */
export const fenced = (location: string, former: Lease, now: number): LeaseChange => {
  const { epoch, engine, silenceSeconds, isUnsettled } = former;
  if (engine === undefined)
    throw new TaskportError(
      'invalid-state',
      `no engine has the lease of ${location}: claim it, since there is nothing to fence`,
      { state: 'free' },
    );
  const silent = silentFor(former, now);
  if (silent < silenceSeconds) {
    const detail = `the service heard from the runner of ${location} ${silent} seconds ago: have it leave, or wait until it has been silent for ${silenceSeconds} seconds; a live runner has ended its tasks by then`;
    throw new TaskportError('invalid-state', detail, { state: 'held' });
  }
  return {
    what: 'fenced',
    at: new Date(now).toISOString(),
    from: engine,
    lease: { epoch: epoch + 1, silenceSeconds, fenced: engine, ...defined({ isUnsettled }) },
  };
};

/** The runner of a location that names an engine of the deployment, for the API; no runner can have its lease. */
export const showEngine = (
  location: string,
  engine: string,
  silenceSeconds: number,
  isThere: boolean,
): ShownLease => ({
  location,
  epoch: 0,
  state: isThere ? 'engine' : 'no-engine',
  engine,
  silenceSeconds,
});

/** A lease as the API shows it. */
export const showLease = (location: string, lease: Lease, now: number): ShownLease => {
  const { epoch, engine, runner, claimedAt, heardAt, silenceSeconds } = lease;
  return inOrder(runnerLease, {
    location,
    epoch,
    state: engine === undefined ? 'free' : 'held',
    silenceSeconds,
    ...defined({
      engine,
      runner,
      claimedAt,
      heardAt,
      silentSeconds: heardAt === undefined ? undefined : silentFor(lease, now),
    }),
  });
};
