import { defined } from '../defined.ts';
import { type Composition, isTask, type Run, type TaskMember, withTask } from './composition.ts';
import type { Effect } from './operation.ts';
import { reportMember } from './report.ts';
import { type Action, type Decision, restartsOf, supervise, withoutNext } from './supervision.ts';

/** Begins another attempt; the history keeps the one before. */
const startAgain = ({ task: { spec, run } }: TaskMember, at: string): Run => {
  const { attempt, runningSince } = run;
  const restarts = restartsOf(spec, run) + 1;
  return defined({ state: 'bound', attempt: attempt + 1, boundAt: at, restarts, runningSince });
};

/** The changes that an action makes to the composition, with the report that records it, if there is one. */
const effectOf = (
  composition: Composition,
  member: TaskMember,
  action: Action,
  at: string,
): Effect | undefined => {
  const { run } = member.task;
  if (action.do !== 'fail') {
    const next =
      action.do === 'restart' ? startAgain(member, at) : { ...withoutNext(run), halted: action.reason };
    return { change: { members: withTask(composition, member, { run: next }) } };
  }
  const { reason, launchError } = action;
  const report = { attempt: run.attempt, state: 'failed', launchError, at } as const;
  return reportMember(composition, member.id, report, at, reason);
};

/** The action that is due for a task at a time, and its changes; undefined if the task is not bound. */
export const superviseMember = (
  composition: Composition,
  id: string,
  now: number,
): (Decision & { readonly run: Run; readonly effect?: Effect }) | undefined => {
  const member = composition.members.find((candidate) => candidate.id === id);
  if (!member?.bound || !isTask(member)) return undefined;
  const { spec, run } = member.task;
  const decision = supervise(spec, run, now);
  const effect =
    decision.action && effectOf(composition, member, decision.action, new Date(now).toISOString());
  return { ...decision, run, ...defined({ effect }) };
};
