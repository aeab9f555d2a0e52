import type { Composition, Member, Run } from '../composition/composition.ts';
import { parseId } from '../element/id.ts';
import { SCHEMA_VERSION, type TaskportEvent, titleOf } from './catalogue.ts';
import type { Change, Image } from './from-change.ts';

const compositionOf = (image: Image | undefined): Composition | undefined =>
  image?.row === 'composition' ? image.composition : undefined;

const attemptOf = ({ task }: Member): { attempt?: number } => (task ? { attempt: task.run.attempt } : {});

const mountOf = ({ mount }: Member) => (mount ? { mount } : {});

/** Makes the events of one member of a composition as it is after the change. */
const eventsFor = (changeId: string, composition: Composition, { id, kind }: Pick<Member, 'id' | 'kind'>) => {
  const { executorId, revision, createdAt, modifiedAt, modifiedBy } = composition;
  const { location } = parseId(id, 'id');
  return <V extends string, D extends object>(verb: V, told: D) => ({
    detailType: `${titleOf(kind)} ${verb}`,
    detail: {
      eventId: `${changeId}.${verb.toLowerCase()}.${id}`,
      schemaVersion: SCHEMA_VERSION as typeof SCHEMA_VERSION,
      id,
      kind,
      location,
      at: modifiedAt,
      actor: modifiedBy,
      composition: { executorId, createdAt, revision },
      ...told,
    },
  });
};

/** What a task's run says that it did not say before: that it started, or how it ended. */
const runEvents = (
  event: ReturnType<typeof eventsFor>,
  former: Run | undefined,
  run: Run,
): TaskportEvent[] => {
  if (former?.attempt === run.attempt && former.state === run.state) return [];
  const { state, attempt, exitCode, exitSignal, launchError } = run;
  if (state === 'running') return [event('Started', { attempt })];
  if (state !== 'exited' && state !== 'failed') return [];
  const end = {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(exitSignal === undefined ? {} : { exitSignal }),
    ...(launchError === undefined ? {} : { launchError }),
  };
  return [event('Exited', { attempt, state, ...end })];
};

const memberEvents = (
  event: ReturnType<typeof eventsFor>,
  former: Member | undefined,
  member: Member,
): TaskportEvent[] => {
  const { bound, task } = member;
  const { interrupt } = task ?? {};
  const isInterrupted = interrupt && interrupt.count !== former?.task?.interrupt?.count;
  return [
    ...(former
      ? []
      : [event('Joined', { ...mountOf(member), ...(task ? { ephemeral: task.ephemeral } : {}) })]),
    ...(bound && !former?.bound ? [event('Bound', { ...mountOf(member), ...attemptOf(member) })] : []),
    ...(!bound && former?.bound ? [event('Unbound', attemptOf(member))] : []),
    ...(isInterrupted ? [event('Interrupted', { ...attemptOf(member), signal: interrupt.signal })] : []),
    ...(task ? runEvents(event, former?.task?.run, task.run) : []),
  ];
};

/** A member is the same while the reference to it is: one that left and joined again is another. */
const sameAs =
  ({ id, reference }: Member) =>
  (other: Member): boolean =>
    other.id === id && other.reference === reference;

/**
 * The events of a change of a composition: who left, who joined, was bound, unbound or interrupted, what started and what
 * ended; in the order of its members.
 */
export const compositionEvents = ({ id, before, after }: Change): TaskportEvent[] => {
  const [former, composition] = [compositionOf(before), compositionOf(after)];
  if (!composition || former?.revision === composition.revision) return [];
  const { departed, members } = composition;
  const left = (former?.members ?? []).filter((member) => !members.some(sameAs(member)));
  return [
    ...left.flatMap((member) => {
      const event = eventsFor(id, composition, member);
      const end = departed?.id === member.id ? runEvents(event, member.task?.run, departed.run) : [];
      return [...end, event('Left', {})];
    }),
    ...members.flatMap((member) =>
      memberEvents(eventsFor(id, composition, member), former?.members.find(sameAs(member)), member),
    ),
  ];
};
