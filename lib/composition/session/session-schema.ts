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
  columns: described(side, 'Characters in a line.'),
  rows: described(side, 'Lines.'),
});
const kind = z.enum(['attach', 'exec']);
const KIND =
  '`exec`: a command beside the task, in its container. `attach`: the standard streams of the task itself, where its specification says `interaction.attach`.';
const args = list(argument(), 1024).check(
  z.minLength(1),
  z.refine(
    (all) => all.reduce((sum, one) => sum + Buffer.byteLength(one), 0) <= MOST_ARGUMENTS,
    `has more than ${MOST_ARGUMENTS} bytes`,
  ),
);
const ARGS = 'The command and its arguments, of `exec`. No shell reads them, and the audit trail has them.';
const SIZE = 'The size of the terminal at the beginning.';

/** A request for a session. */
export const sessionRequest = z
  .strictObject({
    id: described(memberId, 'The ID of the task.'),
    kind: described(kind, KIND),
    args: optional(args, ARGS),
    terminal: optional(
      z.boolean(),
      'Whether the command has a terminal of its own, of `exec`. A task has one where its specification says `process.terminal`.',
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
  'Where the session is, by WebSocket and the subprotocol `v5.channel.k8s.io`. It is good once, for a minute, for who asked for it.';

const told = {
  session: described(z.string(), 'The ID of the session, as the audit trail has it.'),
  executorId: described(executorId, 'The ID of the executor.'),
  taskId: described(joinedTaskId, 'The ID of the task.'),
  attempt: described(z.int(), 'The attempt that runs.'),
  kind: described(kind, KIND),
};
const how = {
  terminal: described(z.boolean(), 'Whether a terminal is at the other end: output is one stream then.'),
  stdin: described(
    z.boolean(),
    'Whether there is a standard input. A task has one where its specification says `interaction.openStdin`.',
  ),
};
const where = {
  url: described(z.string(), URL),
  expiresAt: described(time, 'Until when the URL is good.'),
};

/** A session that the client may now open. */
export const openedSession = z.object({ ...told, ...how, ...where });
export type OpenedSession = Shown<typeof openedSession>;

/** The runner that accepts a session. */
export const sessionClaim = z.strictObject({
  session: described(
    z.string().check(z.minLength(1), z.maxLength(64)),
    'The ID of the session, as `Session Began` tells it.',
  ),
  epoch: described(heldEpoch, 'The epoch of its lease.'),
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
