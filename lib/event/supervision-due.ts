import * as z from 'zod/mini';

export const SUPERVISION_DUE = 'Supervision Due';

/** A task is to be looked at now. */
const supervisionDueDetail = z.object({ executorId: z.string(), taskId: z.string() });

/** What tells of a task in a composition: the events of both that supervision acts on. */
const taskEventDetail = z.pipe(
  z.object({ id: z.string(), composition: z.object({ executorId: z.string() }) }),
  z.transform(({ id, composition: { executorId } }) => ({ executorId, taskId: id })),
);

/** Which task of which executor an event is about that supervision hears of. */
export const supervised = z.union([supervisionDueDetail, taskEventDetail]);
