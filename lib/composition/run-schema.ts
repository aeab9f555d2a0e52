import * as z from 'zod/mini';
import { storageId } from '../element/id-schema.ts';
import { described, optional } from '../facts.ts';
import { time } from '../formats.ts';

/** The reasons why an attempt may have ended; there are no others. */
export const reason = described(
  z.enum([
    'completed',
    'failed',
    'out-of-memory',
    'run-deadline',
    'not-after',
    'start-deadline',
    'unhealthy',
    'stopped',
    'lost',
    'launch-error',
  ]),
  'The reason why the attempt ended. `run-deadline`, `not-after`, `start-deadline`: that deadline passed. `stopped`: a caller unbound the task, or a signal that a caller asked for ended it. `launch-error`: the attempt could not start. `lost`: the end is unknown. `out-of-memory`: the attempt failed, and a process of it was killed at the memory limit. `unhealthy`: the health check failed. `completed`: the exit code is 0. `failed`: the attempt ended otherwise.',
);

/** The facts about an attempt that ended, or could not start. */
export const exitCode = described(
  z.int(),
  'The exit code of the attempt. Absent if the attempt did not end with one.',
);
export const END = 'The signal that ended the attempt. Absent if none did.';
export const launchError = described(z.string(), 'The reason why the attempt could not start.');
export const lost = described(
  z.string(),
  'What the runner knows about an end that it did not observe: for example, the engine restarted, or somebody removed the container by hand.',
);
export const outOfMemory = described(
  z.literal(true),
  'Whether a process of the attempt was killed at the memory limit. Absent if not.',
);
export const unhealthy = described(
  z.literal(true),
  'Whether the attempt was ended because its health check failed. Absent if not.',
);
export const waitsFor = described(
  z.string(),
  'What the engine says that it waits for before it starts the attempt, such as `capacity (RESOURCE:ENI)`.',
);
export const stdout = described(z.string(), 'The URI of the standard output.');
export const stderr = described(z.string(), 'The URI of the standard error.');
export const OUTPUT = 'The URIs of the output of the attempt.';

/** The outcome of an attempt, in the order in which the API shows its fields. */
export const outcome = {
  reason: z.optional(reason),
  exitCode: z.optional(exitCode),
  exitSignal: optional(z.string(), END),
  launchError: z.optional(launchError),
  lost: z.optional(lost),
  outOfMemory: z.optional(outOfMemory),
  unhealthy: z.optional(unhealthy),
  // Either field is absent if the stream is discarded.
  output: optional(z.object({ stdout: z.optional(stdout), stderr: z.optional(stderr) }), OUTPUT),
};

/** The time of the next attempt under the restart policy; absent if none follows. */
export const following = {
  restartsLeft: optional(
    z.int(),
    'The number of restarts that the restart policy still allows. Absent if the policy sets no limit, or if no restart follows.',
  ),
  nextAttemptAt: optional(time, 'The time at which the next attempt starts. Absent if none follows.'),
};

/** The latest attempt to run a task. */
export const run = z.object({
  state: described(
    z.enum(['created', 'bound', 'running', 'exited', 'failed']),
    'The state of the latest attempt: `created → bound → running → exited | failed`.',
  ),
  attempt: described(
    z.int(),
    'The number of the latest attempt to run the task. Each bind and each restart begins another. 0 before the first.',
  ),
  waitsFor: z.optional(waitsFor),
  ...outcome,
  boundAt: optional(time, 'The time at which the attempt was requested.'),
  startedAt: optional(time, 'The time at which the attempt started, as the runner reported it.'),
  endedAt: optional(time, 'The time at which the attempt ended, as the runner reported it.'),
  restarts: optional(
    z.int(),
    'The number of attempts before this one since the bind, or since an attempt that ran for `restart.resetSeconds`. Absent if there were none.',
  ),
  // By the clock of the service, as `heardAt` of the end is.
  runningSince: optional(
    time,
    'The time at which the service received the first report since the bind that the task runs.',
  ),
  ranSeconds: optional(
    z.int(),
    'Seconds between the report that the attempt runs and the report that it ended.',
  ),
  heardAt: optional(time, 'The time at which the service received the last report.'),
  halted: optional(
    z.enum(['run-deadline', 'not-after']),
    'The deadline that passed. The runner stops the task, and it does not start again. Absent if none passed.',
  ),
  ...following,
});

/** The path of storage in the container. */
export const mount = z.object({
  path: described(z.string(), 'The absolute, normalised path in the container.'),
  readOnly: described(z.boolean(), 'Whether the storage is mounted read-only.'),
  persistent: described(
    z.boolean(),
    'Whether the storage is kept when it leaves. False only for a volume, which the service then deletes.',
  ),
  save: optional(
    z.enum(['always', 'never']),
    'Whether the writes to the volume become its data after the unbind. Only for a volume that persists, is mounted for writing and is not kept by an NFS server. Default: `always`.',
  ),
});

/** A task as it was joined, without its specification. */
export const joinedTask = z.object({
  revision: described(z.int(), {
    description: 'The revision of the task from which this snapshot was taken.',
    minimum: 1,
  }),
  ...run.shape,
  boundBy: optional(
    z.string(),
    'The principal who last bound the task, together with the composition of that time.',
  ),
  ephemeral: described(
    z.boolean(),
    'Whether the task joined while another task was bound. If so, it leaves by itself when it stops.',
  ),
  storageId: optional(storageId, 'The storage with which the task is associated, and with which it joined.'),
  interrupt: optional(
    z.object({
      signal: described(z.string(), 'The name of the signal, without `SIG`.'),
      count: described(z.int(), 'The number of signals so far.'),
      attempt: described(z.int(), 'The number of the attempt that the signal is for.'),
    }),
    'The last signal that a caller asked for. Absent if nobody asked for one.',
  ),
});
