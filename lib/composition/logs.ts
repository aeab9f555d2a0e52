import type { TaskSpec } from '../element/task-spec.ts';
import type { Composition, Member } from './composition.ts';

/** Where the first log that is joined stands for `default`. */
const defaultLog = ({ members }: Pick<Composition, 'members'>): string | undefined =>
  members.find(({ kind }) => kind === 'log')?.id;

/** The logs that a task writes to: those it names, and the first that is joined where it says `default` or nothing. */
export const logsOf = (composition: Pick<Composition, 'members'>, { logging = {} }: TaskSpec): string[] => {
  const sinks = [logging.stdout ?? 'default', logging.stderr ?? 'default'];
  const ids = sinks.map((sink) => (sink === 'default' ? defaultLog(composition) : sink));
  return [...new Set(ids.filter((id) => id !== undefined && id !== 'none'))] as string[];
};

/** Bound tasks that write to a log. */
export const writersTo = (composition: Pick<Composition, 'members'>, log: string): Member[] =>
  composition.members.filter(
    ({ bound, task }) => bound && task && logsOf(composition, task.spec).includes(log),
  );
