import type { RunnerLease } from '../client/runners.ts';
import { endInWords } from '../lib/composition/end-in-words.ts';
import type { CompositionJson, HandleJson } from '../lib/composition/shown-composition.ts';
import type { TaskSpec } from '../lib/element/task-spec.ts';
import { printable } from './details.ts';
import { TablePrinter } from './table.ts';
import { untilInWords } from './told-end.ts';

type Member = CompositionJson['members'][number];

/** Whether an attempt ended that another would follow if the task had restarts left. */
export const isUsedUp = ({ bound, task }: Pick<Member, 'bound' | 'task'>): boolean => {
  const { restart } = (task?.spec ?? {}) as TaskSpec;
  const { mode = 'never', attempts } = restart ?? {};
  if (!bound || !task?.reason || task.nextAttemptAt !== undefined || task.halted) return false;
  if (mode === 'never' || (mode === 'on-failure' && task.reason === 'completed')) return false;
  return attempts !== undefined && attempts > 0 && (task.restarts ?? 0) >= attempts;
};

/** The state of a task, and what happens next. */
const taskInWords = (member: Member, now: number): string | undefined => {
  const { task } = member;
  if (!task) return undefined;
  const { nextAttemptAt, restartsLeft, ...end } = task;
  const left =
    restartsLeft === undefined
      ? ''
      : ` (${restartsLeft} ${restartsLeft === 1 ? 'restart' : 'restarts'} left)`;
  const next = nextAttemptAt === undefined ? [] : [`restarts ${untilInWords(nextAttemptAt, now)}${left}`];
  const usedUp = isUsedUp(member) ? ['its restarts are used up'] : [];
  const ended = [endInWords(end), ...next, ...usedUp].filter(Boolean).join('; ');
  return [`${task.state}, attempt ${task.attempt}`, ended].filter(Boolean).join(': ');
};

/** A volume that is not saved yet, and how to save it. */
const savingInWords = (
  executorId: string,
  id: string,
  { since, engine, problem }: NonNullable<Member['saving']>,
): string =>
  printable(
    `the runner of the engine ${engine} has been saving ${id} since ${since}${problem ? `: ${problem.detail}` : ''}; \`compose unbind --discard ${executorId} ${id}\` discards the writes`,
  );

/** Whether a task waits for a runner, by its composition. */
export const waitsForRunner = ({ members }: CompositionJson): boolean =>
  members.some(({ bound, task }) => bound && task?.state === 'bound');

/** Why a bound task does not start, by the lease of its location; undefined if a runner has it. */
export const absenceInWords = (lease: RunnerLease): string | undefined => {
  const { location, state, engine, runner, heardAt, silentSeconds = 0, silenceSeconds } = lease;
  if (state === 'engine') return undefined;
  if (state === 'no-engine')
    return `${location} names the engine ${engine}, which the deployment does not have any more: bound tasks wait until it is deployed with that engine again`;
  const remedy = `\`taskport runner --executor-location ${location}\` starts one`;
  if (state === 'held' && runner !== undefined) {
    if (silentSeconds < silenceSeconds) return undefined;
    return `the runner of ${location} was last heard ${silentSeconds} s ago, at ${heardAt}: bound tasks wait for it`;
  }
  const since =
    heardAt === undefined
      ? `no runner has been seen in ${location}`
      : `${location} has no runner since ${heardAt}`;
  return `${since}: bound tasks wait for one; ${remedy}`;
};

/** A composition for people, with related information. */
export const formatComposition = ({ composition }: HandleJson, now = Date.now()): string => {
  const { executorId, revision, members } = composition;
  const lines = [`${executorId}, revision ${revision}`];
  const saying = members.find(({ image }) => image?.spec)?.image;
  if (saying) lines.push(`tasks take the fields that they do not set from ${saying.id}`);
  const table = new TablePrinter((line) => lines.push(line));
  for (const member of members) {
    const { id, bound, mount, saving } = member;
    const where =
      mount &&
      `${mount.path}${mount.readOnly ? ' (read-only)' : ''}${mount.persistent ? '' : ' (temporary)'}`;
    table.add({
      id,
      bound: bound ? 'bound' : saving ? 'saving' : '-',
      mount: where,
      task: taskInWords(member, now),
    });
  }
  table.end();
  for (const { id, saving } of members) if (saving) lines.push(savingInWords(executorId, id, saving));
  return lines.join('\n');
};
