import * as z from 'zod/mini';
import { described, optional } from '../facts.ts';
import { time } from '../formats.ts';
import type { Shown } from '../shown.ts';
import { wellFormed } from '../validation.ts';
import { locationName } from './location-name.ts';

/** Characters of the name of an engine or a runner. */
const MAX_NAME = 256;
const name = z.string().check(z.minLength(1), z.maxLength(MAX_NAME), wellFormed);
const ENGINE =
  'The ID of the engine whose runner has the location. It stays the same as long as the engine keeps its containers.';
const RUNNER = 'The runner’s process on its host, for people.';

const epoch = described(z.int(), {
  description: 'The epoch of the lease. Every claim, leave and fence adds 1. 0 before the first claim.',
  minimum: 0,
});
/** The epoch of a present or former holder of the lease. */
export const heldEpoch = z.int().check(z.minimum(1), z.maximum(Number.MAX_SAFE_INTEGER));
const silenceSeconds = described(
  z.int(),
  'Seconds for which a runner must be silent before a caller can fence its lease or take it over. By then its tasks have ended: a live runner that gets no answer ends its tasks within four tenths of this time, by its own clock.',
);

/** The runner of a location's tasks, as the API shows it. */
export const runnerLease = z.object({
  location: described(locationName, 'The location of the executors.'),
  epoch,
  state: described(
    z.enum(['free', 'held', 'engine', 'no-engine']),
    'The state of the lease. `held`: one engine has the lease. `free`: no engine has the lease. `engine`: the location names an engine of the deployment, which needs no runner. `no-engine`: the location names an engine that the deployment no longer has. Nothing starts there until the service is deployed with that engine again.',
  ),
  engine: optional(
    name,
    `${ENGINE} In the states \`engine\` and \`no-engine\`, the name of the engine that the location names.`,
  ),
  runner: optional(
    name,
    `${RUNNER} Absent if the runner was interrupted since its claim. Its tasks keep running, and the engine keeps the lease.`,
  ),
  claimedAt: optional(time, 'The time at which the runner claimed the lease.'),
  heardAt: optional(time, 'The time at which the service last heard from the runner.'),
  silentSeconds: optional(
    z.int(),
    'Seconds since the service last heard from the runner, by the clock of the service.',
  ),
  silenceSeconds,
});
export type ShownLease = Shown<typeof runnerLease>;

export const runnerClaim = z.strictObject({
  engine: described(name, ENGINE),
  runner: described(name, RUNNER),
  epoch: described(
    z.int().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER)),
    'The epoch that the runner read. The service refuses the claim if the lease changed since.',
  ),
  takeover: optional(
    z.strictObject({
      afterSeconds: described(
        z.int().check(z.minimum(1), z.maximum(31_536_000)),
        'Seconds for which the runner of the other engine must have been silent; at least `silenceSeconds`.',
      ),
      heardAt: described(
        z.iso.datetime().check(z.maxLength(40)),
        'The `heardAt` of the lease that the caller read. The service refuses the claim if it heard from the runner since.',
      ),
    }),
    'The takeover of the lease from another engine. A task may then run twice.',
  ),
});
export type RunnerClaim = Shown<typeof runnerClaim>;

export const runnerGrant = z.object({
  epoch,
  tookOver: described(
    z.boolean(),
    'Whether another engine had the tasks before and may not have ended them. If so, the runner must report every bound or running task as `lost` before it starts a task. True until a renewal has `settled`.',
  ),
  silenceSeconds,
});
export type RunnerGrant = Shown<typeof runnerGrant>;

const itsEpoch = described(heldEpoch, 'The epoch in the answer to the claim.');

export const runnerRenewal = z.strictObject({
  epoch: itsEpoch,
  settled: optional(
    z.literal(true),
    'Whether the runner has reported every task that another engine had as `lost`.',
  ),
});

export const runnerLeave = z.strictObject({
  epoch: itsEpoch,
  keep: optional(
    z.literal(true),
    'Whether only the runner ends: its tasks keep running, and its engine keeps the lease. Absent if the tasks have ended.',
  ),
});
