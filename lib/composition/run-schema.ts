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
  'Why it ended. `run-deadline`, `not-after`, `start-deadline`: that deadline was over. `stopped`: it was unbound, or a signal that was asked for ended it. `launch-error`: it could not be started. `lost`: nobody knows how it ended. `out-of-memory`: the limit of its memory ended it. `unhealthy`: its health check failed. `completed`: it ended with 0. `failed`: it ended otherwise.',
);

/** The facts about an attempt that ended, or could not start. */
export const exitCode = described(z.int(), 'Its exit code, if it ended with one.');
export const END = 'The signal that ended it, where one did.';
export const launchError = described(z.string(), 'Why it could not be started.');
export const lost = described(
  z.string(),
  'What is known of an end that nobody saw: the engine was restarted under it, somebody removed it by hand.',
);
export const outOfMemory = described(z.literal(true), 'That the limit of its memory ended it.');
export const unhealthy = described(z.literal(true), 'That it was ended because its health check failed.');
export const waitsFor = described(
  z.string(),
  'What it waits for before it starts, where its engine says so, such as `capacity (RESOURCE:ENI)`.',
);
export const stdout = described(z.string(), 'The URI of its standard output.');
export const stderr = described(z.string(), 'The URI of its standard error.');
export const OUTPUT = 'Where its output is.';

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
    'How often it is started again from here on, where its policy limits that and it is started again.',
  ),
  nextAttemptAt: optional(time, 'When it is started again, where it is.'),
};

/** The latest attempt to run a task. */
export const run = z.object({
  state: described(
    z.enum(['created', 'bound', 'running', 'exited', 'failed']),
    '`created → bound → running → exited | failed`.',
  ),
  attempt: described(
    z.int(),
    'Which attempt to run it this is; each bind begins another, and so does each restart. 0 before the first.',
  ),
  waitsFor: z.optional(waitsFor),
  ...outcome,
  boundAt: optional(time, 'When this attempt was asked for.'),
  startedAt: optional(time, 'When it began, as was reported.'),
  endedAt: optional(time, 'When it ended, as was reported.'),
  restarts: optional(
    z.int(),
    'How many attempts there were before this one since the bind, or since one that ran for `restart.resetSeconds`; absent for none.',
  ),
  // By the clock of the service, as `heardAt` of the end is.
  runningSince: optional(time, 'When it was first heard, since the bind, that it runs.'),
  ranSeconds: optional(
    z.int(),
    'How many seconds passed between the reports that it runs and that it ended.',
  ),
  heardAt: optional(time, 'When the last report came.'),
  halted: optional(
    z.enum(['run-deadline', 'not-after']),
    'The deadline that is over, where one is: it is to be stopped, and is not started again.',
  ),
  ...following,
});

/** The path of storage in the container. */
export const mount = z.object({
  path: described(z.string(), 'Absolute and normalised.'),
  readOnly: described(z.boolean(), 'Whether nothing may be written there.'),
  persistent: described(z.boolean(), 'False for a volume that is deleted with the leave.'),
  save: optional(
    z.enum(['always', 'never']),
    'Whether what is written to a volume becomes its data, after the unbind; `always` unless it says `never`. Of a volume that persists and is mounted for writing, and is not kept by an NFS server.',
  ),
});

/** A task as it was joined, without its specification. */
export const joinedTask = z.object({
  revision: described(z.int(), {
    description: 'The revision of the task of which this is a snapshot.',
    minimum: 1,
  }),
  ...run.shape,
  boundBy: optional(z.string(), 'The principal who last bound it, and with it the composition of that time.'),
  ephemeral: described(
    z.boolean(),
    'Whether it was joined while another was bound: it leaves by itself when it stops.',
  ),
  storageId: optional(storageId, 'The storage that it is associated with and came along with.'),
  interrupt: optional(
    z.object({
      signal: described(z.string(), 'Its name, without `SIG`.'),
      count: described(z.int(), 'How many signals there were.'),
      attempt: described(z.int(), 'To which attempt it was to be sent.'),
    }),
    'The last signal that it was to be sent.',
  ),
});
