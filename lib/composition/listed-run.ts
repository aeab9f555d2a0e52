import * as z from 'zod/mini';
import { executorId, joinedTaskId } from '../element/id-schema.ts';
import { described, optional } from '../facts.ts';
import type { Shown } from '../shown.ts';
import { joinedTask, run } from './run-schema.ts';

/** A task that was bound, and its latest state, as a list shows it. */
export const listedRun = z.object({
  executorId: described(executorId, 'The ID of the executor.'),
  id: described(joinedTaskId, 'The ID of the task.'),
  bound: described(z.boolean(), 'Whether it is bound: asked to run.'),
  ...run.shape,
  boundBy: joinedTask.shape.boundBy,
  ephemeral: joinedTask.shape.ephemeral,
  writes: optional(
    z.literal(true),
    'That its executor has volumes bound for writing: what was written to them is saved once they are unbound.',
  ),
});
export type ListedRun = Shown<typeof listedRun>;
