import * as z from 'zod/mini';
import { memberId } from '../element/id-schema.ts';
import { described } from '../facts.ts';
import { time } from '../formats.ts';
import { history } from '../history.ts';

/** A closing: when it began, who asked for it, and whether it deletes the executor. */
export const closing = z.object({
  since: described(time, 'The time at which the closing began.'),
  by: described(history.modifiedBy, 'The principal who asked for the closing.'),
  executor: described(
    z.enum(['keep', 'delete']),
    'Whether the service keeps or deletes the executor once the composition has no members.',
  ),
});

/** The members for which a closing waits, and how to help it on. */
export const shownClosing = z.object({
  ...closing.shape,
  waitsFor: described(
    z.array(
      z.object({
        id: described(memberId, 'The ID of the member.'),
        why: described(
          z.enum(['running', 'saving']),
          'The reason why the closing waits for the member. `running`: the task has not ended. `saving`: the writes to the volume are not saved.',
        ),
        message: described(z.string(), 'What a caller can do if the member does not finish.'),
      }),
    ),
    'The members for which the closing waits. If there are none, the service completes the closing within a minute.',
  ),
});
