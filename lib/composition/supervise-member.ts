import { defined } from '../defined.ts';
import { type Composition, isTask, type Run, type TaskMember, withTask } from './composition.ts';
import type { Effect } from './operation.ts';
import { reportMember } from './report.ts';
import { type Action, type Decision, restartsOf, supervise } from './supervision.ts';

/** Asks for another attempt: what is known of the one before is in the history. */
const startAgain = ({ task: { spec, run } }: TaskMember, at: string): Run => {
  const { attempt, runningSince } = run;
  const restarts = restartsOf(spec, run) + 1;
  return defined({ state: 'bound', attempt: attempt + 1, boundAt: at, restarts, runningSince });
};

/** What an action changes of the composition, with the report that it is kept by where it is one. */
const effectOf = (
  composition: Composition,
  member: TaskMember,
  action: Action,
  at: string,
): Effect | undefined => {
  const { run } = member.task;
  if (action.do !== 'fail') {
    const next = action.do === 'restart' ? startAgain(member, at) : { ...run, halted: action.reason };
    return { change: { members: withTask(composition, member, { run: next }) } };
  }
  const { reason, launchError } = action;
  const report = { attempt: run.attempt, state: 'failed', launchError, at } as const;
  return reportMember(composition, member.id, report, at, reason);
};

/** What is due of a task at a time, and what that changes; undefined where it is not bound. */
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
