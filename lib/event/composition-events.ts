import { type Composition, isTask, type Member, type Run } from '../composition/composition.ts';
import { reasonOf } from '../composition/reason.ts';
import { defined } from '../defined.ts';
import { homeOf } from '../element/member-id.ts';
import { memberKinds, rules, runKinds, storageKinds } from '../kind/index.ts';
import type { Change, Image } from './change.ts';
import { defineEvent } from './entry.ts';

const compositionOf = (image: Image | undefined): Composition | undefined =>
  image?.row === 'composition' ? image.composition : undefined;

/** Whether two members are the same join: one that left and joined again has another reference. */
const sameAs =
  ({ id, reference }: Member) =>
  (other: Member): boolean =>
    other.id === id && other.reference === reference;

/**
 * A member before and after a change of its composition. A member that ended and left by the same change is
 * included.
 */
interface MemberChange {
  readonly former: Member | undefined;
  readonly member: Member | undefined;
  /** The run of a task after the change, if it has one. */
  readonly run: Run | undefined;
}

const memberChanges = (former: Composition | undefined, present: Composition): MemberChange[] => {
  const left = (former?.members ?? []).filter((member) => !present.members.some(sameAs(member)));
  const { departed } = present;
  return [
    ...left.map((member) => ({
      former: member,
      member: undefined,
      run: departed?.id === member.id ? departed.run : undefined,
    })),
    ...present.members.map((member) => ({
      former: former?.members.find(sameAs(member)),
      member,
      run: member.task?.run,
    })),
  ];
};

/** Makes an event for each member for which `told` answers a detail, if the composition's revision has changed. */
const ofMembers =
  <D extends object>(verb: string, told: (change: MemberChange) => D | undefined) =>
  (change: Change) => {
    const [former, present] = [compositionOf(change.before), compositionOf(change.after)];
    if (!present || former?.revision === present.revision) return [];
    return memberChanges(former, present).flatMap((each) => {
      const said = told(each);
      const { id, kind } = (each.member ?? each.former) as Member;
      if (!said) return [];
      const { executorId, createdAt: began, revision: moved, modifiedAt, modifiedBy } = present;
      const detail = {
        eventId: `${change.id}.${verb}.${id}`,
        schemaVersion: 1 as const,
        id,
        kind,
        location: homeOf(id).location,
        at: modifiedAt,
        actor: modifiedBy,
        composition: { executorId, createdAt: began, revision: moved },
      };
      return [{ ...detail, ...said }];
    });
  };

const mountOf = (member: Member): { mount?: Member['mount'] & object } =>
  member.mount ? { mount: member.mount } : {};
const attemptOf = (member: Member): { attempt?: number } =>
  member.task ? { attempt: member.task.run.attempt } : {};

/** Whether the run of a task that was a member before has come to another state. */
const hasCome = ({ former, run }: MemberChange): boolean =>
  run !== undefined &&
  former?.task !== undefined &&
  (former.task.run.attempt !== run.attempt || former.task.run.state !== run.state);

export const joined = defineEvent({
  verb: 'Joined',
  version: 1,
  subjects: memberKinds,
  meaning: 'The element joined the composition of an executor. The tasks that storage names join with it.',
  detail: 'joined',
  of: ofMembers('joined', ({ former, member }) =>
    member && !former
      ? { ...mountOf(member), ...defined({ ephemeral: isTask(member) ? member.task.ephemeral : undefined }) }
      : undefined,
  ),
});

export const bound = defineEvent({
  verb: 'Bound',
  version: 1,
  subjects: memberKinds,
  meaning:
    'Storage is attached, a log is open, or a task is to run. Each restart of a task sends the event too.',
  detail: 'bound',
  of: ofMembers('bound', (change) => {
    const { former, member } = change;
    const isAskedAgain = former?.bound && hasCome(change) && member?.task?.run.state === 'bound';
    return member?.bound && (!former?.bound || isAskedAgain)
      ? { ...mountOf(member), ...attemptOf(member) }
      : undefined;
  }),
});

export const halted = defineEvent({
  verb: 'Halted',
  version: 1,
  subjects: runKinds,
  meaning:
    'A deadline of the task passed. The service asks a running task to stop, and does not start it again.',
  detail: 'halted',
  of: ofMembers('halted', ({ former, member }) => {
    const reason = member?.task?.run.halted;
    return member && reason && former?.task?.run.halted !== reason
      ? { ...attemptOf(member), reason }
      : undefined;
  }),
});

export const interrupted = defineEvent({
  verb: 'Interrupted',
  version: 1,
  subjects: runKinds,
  meaning: 'A caller asked the runner to send a signal to the task.',
  detail: 'interrupted',
  of: ofMembers('interrupted', ({ former, member }) => {
    const interrupt = member?.task?.interrupt;
    return member && interrupt && interrupt.count !== former?.task?.interrupt?.count
      ? { ...attemptOf(member), ...interrupt }
      : undefined;
  }),
});

export const started = defineEvent({
  verb: 'Started',
  version: 1,
  subjects: runKinds,
  meaning: 'A runner reports that the task runs.',
  detail: 'started',
  of: ofMembers('started', (change) =>
    hasCome(change) && change.run?.state === 'running' ? { attempt: change.run.attempt } : undefined,
  ),
});

export const exited = defineEvent({
  verb: 'Exited',
  version: 1,
  subjects: runKinds,
  meaning:
    'The task ended, could not start, or is lost. The event has the reason, and the time of the next attempt if one follows.',
  detail: 'exited',
  of: ofMembers('exited', (change) => {
    const { run } = change;
    if (!run || !hasCome(change) || (run.state !== 'exited' && run.state !== 'failed')) return undefined;
    const { exitCode, exitSignal, launchError, lost, outOfMemory, unhealthy } = run;
    const { state, attempt: number, restartsLeft, nextAttemptAt } = run;
    const said = { exitCode, exitSignal, launchError, lost, outOfMemory, unhealthy };
    return defined({ attempt: number, state, reason: reasonOf(run), ...said, restartsLeft, nextAttemptAt });
  }),
});

export const unbound = defineEvent({
  verb: 'Unbound',
  version: 1,
  subjects: memberKinds,
  meaning: 'Storage is detached, or the task is to stop.',
  detail: 'unbound',
  of: ofMembers('unbound', ({ former, member }) =>
    member && !member.bound && former?.bound ? attemptOf(member) : undefined,
  ),
});

export const savingBegan = defineEvent({
  verb: 'Saving',
  version: 1,
  subjects: storageKinds.filter((kind) => rules[kind].keepsWrites),
  meaning:
    'The volume was unbound, and its runner saves the writes of the tasks. Until they are saved, no other executor can bind the volume for writing.',
  detail: 'saving',
  of: ofMembers('saving', ({ former, member }) =>
    member?.saving && !former?.saving && member.attachment !== undefined
      ? { attachment: member.attachment, round: member.saving.round, engine: member.saving.engine }
      : undefined,
  ),
});

export const savingEnded = defineEvent({
  verb: 'Settled',
  version: 1,
  subjects: storageKinds.filter((kind) => rules[kind].keepsWrites),
  meaning:
    'The writes to the volume are saved or given up, as `outcome` says. Other executors can now bind the volume for writing.',
  detail: 'settled',
  of: ofMembers('settled', ({ former, member }) => {
    const settled = member?.settled;
    if (!settled || settled.attachment === former?.settled?.attachment) return undefined;
    const { at: _, ...told } = settled;
    return told;
  }),
});

export const left = defineEvent({
  verb: 'Left',
  version: 1,
  subjects: memberKinds,
  meaning: 'The element left the composition.',
  detail: 'left',
  of: ofMembers('left', ({ member }) => (member ? undefined : {})),
});
