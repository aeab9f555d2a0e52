import * as z from 'zod/mini';
import { executorId, joinedTaskId } from '../element/id-schema.ts';
import { described, optional } from '../facts.ts';
import type { Shown } from '../shown.ts';
import { joinedTask, run } from './run-schema.ts';

/** A task that was bound, and its latest state, as a list shows it. */
export const listedRun = z.object({
  executorId: described(executorId, 'The ID of the executor.'),
  id: described(joinedTaskId, 'The ID of the task.'),
  bound: described(z.boolean(), 'Whether the task is bound: a caller asked for it to run.'),
  ...run.shape,
  boundBy: joinedTask.shape.boundBy,
  ephemeral: joinedTask.shape.ephemeral,
  writes: optional(
    z.literal(true),
    'Whether the executor has volumes bound for writing. Their writes are saved once the volumes are unbound. Absent if it has none.',
  ),
});
export type ListedRun = Shown<typeof listedRun>;
