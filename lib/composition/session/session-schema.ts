import * as z from 'zod/mini';
import { executorId, joinedTaskId, memberId } from '../../element/id-schema.ts';
import { argument } from '../../element/task-spec/process.ts';
import { list } from '../../element/task-spec/value.ts';
import { described, optional } from '../../facts.ts';
import { time } from '../../formats.ts';
import { heldEpoch } from '../../location/runner-schema.ts';
import type { Shown } from '../../shown.ts';

/** Bytes of all arguments of a command, since the audit trail contains them. */
const MOST_ARGUMENTS = 16 * 1024;
const side = z.int().check(z.minimum(1), z.maximum(65_535));

const size = z.strictObject({
  columns: described(side, 'The width of the terminal in characters.'),
  rows: described(side, 'The height of the terminal in lines.'),
});
const kind = z.enum(['attach', 'exec']);
const KIND =
  'The kind of the session. `exec`: a command beside the task, in its container. `attach`: the standard streams of the task itself, if its specification sets `interaction.attach`.';
const args = list(argument(), 1024).check(
  z.minLength(1),
  z.refine(
    (all) => all.reduce((sum, one) => sum + Buffer.byteLength(one), 0) <= MOST_ARGUMENTS,
    `has more than ${MOST_ARGUMENTS} bytes`,
  ),
);
const ARGS =
  'The command and its arguments; only for `exec`. No shell interprets them. The audit trail records them.';
const SIZE = 'The initial size of the terminal.';

/** A request for a session. */
export const sessionRequest = z
  .strictObject({
    id: described(memberId, 'The ID of the task.'),
    kind: described(kind, KIND),
    args: optional(args, ARGS),
    terminal: optional(
      z.boolean(),
      'Whether the command has its own terminal; only for `exec`. An attached task has a terminal if its specification sets `process.terminal`.',
    ),
    size: optional(size, SIZE),
  })
  .check(
    z.refine((asked) => asked.kind !== 'exec' || asked.args !== undefined, {
      path: ['args'],
      message: 'is required for `exec`: it is the command',
    }),
    z.refine((asked) => asked.kind !== 'attach' || asked.args === undefined, {
      path: ['args'],
      message: 'is for `exec` only, since an attached task runs already: leave it out',
    }),
    z.refine((asked) => asked.kind !== 'attach' || asked.terminal === undefined, {
      path: ['terminal'],
      message:
        'is for `exec` only: set `process.terminal` in the specification of a task that is to have a terminal',
    }),
  );
export type SessionRequest = Shown<typeof sessionRequest>;

const URL =
  'The WebSocket URL of the session, for the subprotocol `v5.channel.k8s.io`. It is valid once, for one minute, and only for the caller who asked for it.';

const told = {
  session: described(z.string(), 'The ID of the session, which the audit trail records too.'),
  executorId: described(executorId, 'The ID of the executor.'),
  taskId: described(joinedTaskId, 'The ID of the task.'),
  attempt: described(z.int(), 'The number of the running attempt.'),
  kind: described(kind, KIND),
};
const how = {
  terminal: described(z.boolean(), 'Whether the session has a terminal. If so, the output is one stream.'),
  stdin: described(
    z.boolean(),
    'Whether the session has a standard input. A task has one if its specification sets `interaction.openStdin`.',
  ),
};
const where = {
  url: described(z.string(), URL),
  expiresAt: described(time, 'The time at which the URL expires.'),
};

/** A session that the client may now open. */
export const openedSession = z.object({ ...told, ...how, ...where });
export type OpenedSession = Shown<typeof openedSession>;

/** The runner that accepts a session. */
export const sessionClaim = z.strictObject({
  session: described(
    z.string().check(z.minLength(1), z.maxLength(64)),
    'The ID of the session, from the event `Session Began`.',
  ),
  epoch: described(heldEpoch, 'The epoch of the runner’s lease.'),
});

/** A session as the runner sees it. */
export const servedSession = z.object({
  ...told,
  args: z.optional(described(z.array(z.string()), ARGS)),
  ...how,
  size: optional(size, SIZE),
  ...where,
});
export type ServedSession = Shown<typeof servedSession>;
