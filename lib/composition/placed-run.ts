import { createHash } from 'node:crypto';
import { defined } from '../defined.ts';
import { type Composition, isTask, isToBeSaved, type TaskMember, wasAsked } from './composition.ts';
import type { ListedRun } from './listed-run.ts';
import { reasonOf } from './reason.ts';

/**
 * A run, and its place in the list of its location: the time of its bind, with a digest that tells runs of the
 * same time apart.
 */
export interface PlacedRun {
  readonly run: ListedRun;
  readonly place: string;
}

const placeOf = ({ incarnation }: Composition, { id, task }: TaskMember): string => {
  const { boundAt, startedAt, heardAt } = task.run;
  const since = task.boundSince ?? boundAt ?? heardAt ?? startedAt ?? '';
  const own = createHash('sha256')
    .update(JSON.stringify([incarnation, id]))
    .digest('hex');
  return `${since}#${own.slice(0, 16)}`;
};

const writes = ({ members }: Composition): boolean =>
  members.some((member) => member.bound && isToBeSaved(member));

const toRun = (composition: Composition, { id, bound, task }: TaskMember): ListedRun => ({
  executorId: composition.executorId,
  id,
  bound,
  ...task.run,
  ...defined({ reason: reasonOf(task.run), boundBy: task.boundBy }),
  ephemeral: task.ephemeral,
  ...(bound && writes(composition) && { writes: true }),
});

/** The runs of a composition: one for each task that was bound since it joined. */
export const runsOf = (composition: Composition | undefined): PlacedRun[] =>
  (composition?.members ?? [])
    .filter(isTask)
    .filter(wasAsked)
    .map((member) => ({
      run: toRun(composition as Composition, member),
      place: placeOf(composition as Composition, member),
    }));
