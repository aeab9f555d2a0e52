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
  'The engine whose runner has the location: an ID that stays the same as long as the engine keeps its containers.';
const RUNNER = 'The process on its host, for people.';

const epoch = described(z.int(), {
  description: 'Every claim, leave and fence moves it by one; 0 before the first.',
  minimum: 0,
});
/** The epoch of a present or former holder of the lease. */
export const heldEpoch = z.int().check(z.minimum(1), z.maximum(Number.MAX_SAFE_INTEGER));
const silenceSeconds = described(
  z.int(),
  'The seconds for which a runner has to be silent before its tasks have ended: only then can the lease be fenced or taken over. A runner that lives and is not answered ends its tasks within four tenths of them by its own clock.',
);

/** The runner of a location's tasks, as the API shows it. */
export const runnerLease = z.object({
  location: described(locationName, 'The location of the executors.'),
  epoch,
  state: described(
    z.enum(['free', 'held', 'engine', 'no-engine']),
    '`held`: one engine has the lease. `free`: none has. `engine`: the location names an engine of the deployment, which needs no runner. `no-engine`: it names one that the deployment does not have any more; nothing starts there until it is deployed with that again.',
  ),
  engine: optional(
    name,
    `${ENGINE} In the states \`engine\` and \`no-engine\` the engine that the location names.`,
  ),
  runner: optional(
    name,
    `${RUNNER} Absent where it was interrupted since: tasks run on, and the engine keeps the lease.`,
  ),
  claimedAt: optional(time, 'When the runner claimed the lease.'),
  heardAt: optional(time, 'When the service last heard from the runner.'),
  silentSeconds: optional(z.int(), 'How many seconds ago that was, by the clock of the service.'),
  silenceSeconds,
});
export type ShownLease = Shown<typeof runnerLease>;

export const runnerClaim = z.strictObject({
  engine: described(name, ENGINE),
  runner: described(name, RUNNER),
  epoch: described(
    z.int().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER)),
    'The epoch as it was read: a claim of a lease that changed since is refused.',
  ),
  takeover: optional(
    z.strictObject({
      afterSeconds: described(
        z.int().check(z.minimum(1), z.maximum(31_536_000)),
        'Since when the runner of the other engine has to be unheard; at least `silenceSeconds`.',
      ),
      heardAt: described(
        z.iso.datetime().check(z.maxLength(40)),
        'When it was last heard, as it was read: where it was heard since, the claim is refused.',
      ),
    }),
    'Takes the lease from another engine. A task may then run twice.',
  ),
});
export type RunnerClaim = Shown<typeof runnerClaim>;

export const runnerGrant = z.object({
  epoch,
  tookOver: described(
    z.boolean(),
    'Whether another engine had the tasks before, and may not have ended them: what was bound or running is to be reported `lost` before anything starts. True until a renewal says `settled`.',
  ),
  silenceSeconds,
});
export type RunnerGrant = Shown<typeof runnerGrant>;

const itsEpoch = described(heldEpoch, 'The epoch that the claim was answered.');

export const runnerRenewal = z.strictObject({
  epoch: itsEpoch,
  settled: optional(z.literal(true), 'Everything that another engine had was reported `lost`.'),
});

export const runnerLeave = z.strictObject({
  epoch: itsEpoch,
  keep: optional(
    z.literal(true),
    'The runner ends and its tasks run on: its engine keeps the lease. Without it they have ended.',
  ),
});
