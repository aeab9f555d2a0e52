import * as z from 'zod/mini';
import { memberId } from '../element/id-schema.ts';
import { described } from '../facts.ts';
import { time } from '../formats.ts';
import { history } from '../history.ts';

/** A closing: when it began, who asked for it, and whether it deletes the executor. */
export const closing = z.object({
  since: described(time, 'Since when.'),
  by: described(history.modifiedBy, 'The principal who asked for it.'),
  executor: described(
    z.enum(['keep', 'delete']),
    'Whether the executor is deleted once nothing is joined any more.',
  ),
});

/** The members for which a closing waits, and how to help it on. */
export const shownClosing = z.object({
  ...closing.shape,
  waitsFor: described(
    z.array(
      z.object({
        id: described(memberId, 'The member.'),
        why: described(
          z.enum(['running', 'saving']),
          'The task has not ended; what was written to the volume is not saved.',
        ),
        message: described(z.string(), 'The way out if that does not happen.'),
      }),
    ),
    'What has to end first. Empty where nothing has to: the rest follows within a minute.',
  ),
});
