import { untilUncontended } from '../contention.ts';
import { TaskportError } from '../errors.ts';
import { pluralOf } from '../kind/index.ts';
import type { Caller, Principal } from '../principal.ts';
import { validate } from '../validation.ts';
import { assertManages, assertPermitted, manages } from './access.ts';
import type { Location } from './location.ts';
import { type LocationDependencies, listLocations } from './locations.ts';
import {
  claimed,
  fenced,
  kept,
  type Lease,
  type LeaseChange,
  left,
  showEngine,
  showLease,
  staleRunner,
} from './runner-lease.ts';
import {
  type RunnerGrant,
  runnerClaim,
  runnerLeave,
  runnerRenewal,
  type ShownLease,
} from './runner-schema.ts';
import type { RunnerStore } from './runner-store.ts';

export interface RunnerDependencies extends LocationDependencies {
  readonly runners: RunnerStore;
  /** Seconds of silence of a runner before another engine may have its tasks. */
  readonly silenceSeconds: number;
}

/** The location of executors. Throws `unknown-location`. */
const find = async ({ known }: Pick<RunnerDependencies, 'known'>, name: string): Promise<Location> => {
  const location = await known.get(name);
  if (location.kind === 'executor') return location;
  throw new TaskportError(
    'unknown-location',
    `the location ${name} keeps ${pluralOf([location.kind])}, and runners run executors: name a location of executors`,
    {
      location: name,
    },
  );
};

const leaseOf = (deps: RunnerDependencies, lease: Lease | undefined): Lease =>
  lease ?? { epoch: 0, silenceSeconds: deps.silenceSeconds };

/** The runner of a location, as the API shows it. */
const show = (deps: RunnerDependencies, { name, engine }: Location, lease: Lease | undefined): ShownLease =>
  engine === undefined
    ? showLease(name, leaseOf(deps, lease), deps.now())
    : showEngine(name, engine, deps.silenceSeconds, deps.engines.has(engine));

/** Reads the runner of a location. Throws `unknown-location`, `permission-denied`. */
export const readRunner = async (
  deps: RunnerDependencies,
  principal: Principal,
  name: string,
): Promise<ShownLease> => {
  const location = await find(deps, name);
  if (!manages(location, principal, deps.administrators)) assertPermitted(location, principal, 'read');
  return show(deps, location, await deps.runners.get(location));
};

/** A page of the leases of the locations of executors that the caller may see, by name. */
export const listRunners = async (
  deps: RunnerDependencies,
  principal: Principal,
  limit: number,
  cursor?: string,
): Promise<{ items: ShownLease[]; cursor?: string }> => {
  const page = await listLocations(deps, principal, limit, cursor);
  const locations = page.items.filter(({ kind }) => kind === 'executor');
  const leases = await deps.runners.several(locations);
  const items = locations.map((location, at) => show(deps, location, leases[at]));
  return { ...page, items };
};

/** Replaces the lease by the result of a decision on its present state. */
const change = async (
  deps: RunnerDependencies,
  location: Location,
  caller: Caller,
  decide: (former: Lease) => LeaseChange,
): Promise<Lease> =>
  untilUncontended(async () => {
    const former = await deps.runners.get(location);
    const decided = decide(leaseOf(deps, former));
    await deps.runners.replace(location, former, decided, caller);
    return decided.lease;
  });

/**
 * The location, for a runner: it takes the permission to `execute`. Throws `unknown-location`,
 * `permission-denied`.
 */
const findToRun = async (
  deps: RunnerDependencies,
  { principal }: Caller,
  name: string,
): Promise<Location> => {
  const location = await find(deps, name);
  assertPermitted(location, principal, 'execute');
  return location;
};

/** Claims the lease of a location. Throws `runner-elsewhere`, `stale-runner`, `invalid-request`. */
export const claimRunner = async (
  deps: RunnerDependencies,
  caller: Caller,
  name: string,
  body: unknown,
): Promise<RunnerGrant> => {
  const claim = validate(runnerClaim, body);
  const location = await findToRun(deps, caller, name);
  const { engine } = location;
  if (engine !== undefined)
    throw new TaskportError(
      'runner-elsewhere',
      `the engine ${engine} of the deployment runs the tasks of ${name}, and no runner does: name a location that has no \`engine\``,
      { engine },
    );
  const { silenceSeconds } = deps;
  const lease = await change(deps, location, caller, (former) =>
    claimed(name, former, claim, { now: deps.now(), silenceSeconds }),
  );
  return { epoch: lease.epoch, tookOver: lease.isUnsettled === true, silenceSeconds };
};

/** Renews the lease of a runner. Throws `stale-runner`. */
export const renewRunner = async (
  deps: RunnerDependencies,
  caller: Caller,
  name: string,
  body: unknown,
): Promise<ShownLease> => {
  const { epoch, settled } = validate(runnerRenewal, body);
  const location = await findToRun(deps, caller, name);
  const at = new Date(deps.now()).toISOString();
  const lease = await deps.runners.renew(location, epoch, at, settled === true);
  if (!lease) throw staleRunner(name, leaseOf(deps, await deps.runners.get(location)));
  return showLease(name, lease, deps.now());
};

/** Ends the runner; its tasks have ended too, or run on. Throws `stale-runner`, `invalid-state`. */
export const leaveRunner = async (
  deps: RunnerDependencies,
  caller: Caller,
  name: string,
  body: unknown,
): Promise<ShownLease> => {
  const { epoch, keep } = validate(runnerLeave, body);
  const location = await findToRun(deps, caller, name);
  const lease = await change(deps, location, caller, (former) =>
    (keep ? kept : left)(name, former, epoch, deps.now()),
  );
  return showLease(name, lease, deps.now());
};

/**
 * Takes the lease from an engine whose runner was silent for long enough. It takes the permission `admin`.
 * Throws `invalid-state`.
 */
export const fenceRunner = async (
  deps: RunnerDependencies,
  caller: Caller,
  name: string,
): Promise<ShownLease> => {
  const location = await find(deps, name);
  assertManages(location, caller.principal, deps.administrators);
  const lease = await change(deps, location, caller, (former) => fenced(name, former, deps.now()));
  return showLease(name, lease, deps.now());
};

/** Throws `stale-runner` unless the runner of this epoch has the lease. */
export const assertRuns = async (
  { runners }: Pick<RunnerDependencies, 'runners'>,
  location: Location,
  epoch: number,
): Promise<void> => {
  const lease = await runners.get(location);
  if (lease?.epoch !== epoch || lease.engine === undefined)
    throw staleRunner(location.name, lease ?? { epoch: 0, silenceSeconds: 0 });
};
