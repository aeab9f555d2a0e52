import type { TaskSpec } from '../element/task-spec.ts';
import type { Composition, Member } from './composition.ts';

/**
 * The destination of a stream of a task: the one that the task names, or the first joined log if it names
 * `default` or none.
 */
export const sinkIdOf = (
  { members }: Pick<Composition, 'members'>,
  { logging = {} }: TaskSpec,
  stream: keyof NonNullable<TaskSpec['logging']>,
): string | undefined => {
  const named = logging[stream] ?? 'default';
  return named === 'default' ? members.find(({ kind }) => kind === 'log')?.id : named;
};

/** The logs that a task writes to. */
export const logsOf = (composition: Pick<Composition, 'members'>, spec: TaskSpec): string[] => {
  const ids = (['stdout', 'stderr'] as const).map((stream) => sinkIdOf(composition, spec, stream));
  return [...new Set(ids.filter((id) => id !== undefined && id !== 'none'))] as string[];
};

/** Bound tasks that write to a log. */
export const writersTo = (composition: Pick<Composition, 'members'>, log: string): Member[] =>
  composition.members.filter(
    ({ bound, task }) => bound && task && logsOf(composition, task.spec).includes(log),
  );
