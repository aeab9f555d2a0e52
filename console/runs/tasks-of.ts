import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { defined } from '../../lib/defined.ts';
import { isLive, standingOf } from './standing.ts';

/** The tasks of a composition in the form of listed runs, with the details of the composition. */
export const tasksOf = (composition: CompositionJson | undefined) => {
  const members = composition?.members ?? [];
  const isOver = !members.some(({ bound, task }) => task && isLive(standingOf({ ...task, bound })));
  const writes = isOver && members.some(({ bound, attachment }) => bound && attachment !== undefined);
  const isSaving = members.some(({ saving }) => saving !== undefined);
  return members.flatMap(({ id, bound, task }) =>
    task && composition
      ? [
          {
            ...task,
            executorId: composition.executorId,
            id,
            bound,
            ...defined({ writes: writes ? (true as const) : undefined }),
            isSaving,
          },
        ]
      : [],
  );
};

export type TaskOf = ReturnType<typeof tasksOf>[number];
