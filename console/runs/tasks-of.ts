import type { CompositionJson } from '../../lib/composition/shown-composition.ts';

/** The tasks of a composition, as the list of runs has them, with what only a composition says. */
export const tasksOf = (composition: CompositionJson | undefined) =>
  (composition?.members ?? []).flatMap(({ id, bound, task }) =>
    task && composition ? [{ ...task, executorId: composition.executorId, id, bound }] : [],
  );

export type TaskOf = ReturnType<typeof tasksOf>[number];
