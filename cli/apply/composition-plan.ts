import type { Composing, Joining } from '../../client/compositions.ts';
import { ABSENT } from '../../client/problem-error.ts';
import { associatedSpec } from '../../lib/composition/associated-spec.ts';
import { ROOT } from '../../lib/composition/composition.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { defined } from '../../lib/defined.ts';
import { mergeSpec } from '../../lib/element/environment.ts';
import { isInline } from '../../lib/element/member-id.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import type { DeclaredComposition } from './declared.ts';
import { newElement, planElement } from './element-plan.ts';
import { normalised } from './normalised.ts';
import { type Change, changing, creating, differences, type Plan } from './plan.ts';
import { stale, takeOut } from './take-out.ts';

type Member = CompositionJson['members'][number];

/** A declared member. */
interface Wanted {
  readonly joining: Joining;
  /** The ID of the member in the composition. */
  readonly id: string;
  /** Its place in the document. */
  readonly path: string;
}

/** An existing member, and its declaration. */
interface Replaced {
  readonly wanted: Wanted;
  readonly member: Member;
}

const wantedOf = (executorId: string, joinings: readonly Joining[]): Wanted[] =>
  joinings.map((joining, at) => ({
    joining,
    id: 'task' in joining ? `${executorId}/tasks/${joining.task.name}` : joining.id,
    path: `members[${at}]`,
  }));

const mountOf = (joining: Joining) => ('mount' in joining ? joining.mount : undefined);

/** The differences between an existing member and its declaration. */
const memberChanges = async (
  { joining, path }: Wanted,
  { mount: kept, task }: Member,
  members: readonly Member[],
): Promise<Change[]> => {
  const mount = mountOf(joining);
  const ofMount = mount
    ? [
        ...differences(kept?.path, normalised(mount.path), `${path}.mount.path`),
        ...differences(kept?.readOnly, mount.readOnly ?? false, `${path}.mount.readOnly`),
        ...differences(kept?.persistent, mount.persistent ?? true, `${path}.mount.persistent`),
        ...(mount.save === undefined
          ? []
          : differences(kept?.save ?? 'always', mount.save, `${path}.mount.save`)),
      ]
    : [];
  const [field, said] =
    'task' in joining ? ['task.spec', joining.task.spec] : ['overrides', joining.overrides];
  if (said === undefined || task?.spec === undefined) return ofMount;
  const { taskSpec } = await import('../../lib/element/spec-schemas.ts');
  const storageId = 'task' in joining ? joining.storageId : undefined;
  const storage = members.find((one) => one.id === storageId)?.mount;
  const own = storage ? associatedSpec(mergePatch({}, said) as TaskSpec, storage.path) : said;
  const merged = mergeSpec(task.spec, own);
  const parsed = taskSpec.safeParse(merged);
  return [...ofMount, ...differences(task.spec, parsed.success ? parsed.data : merged, `${path}.${field}`)];
};

/** A declared member, in the form of a join. */
const joinChange = ({ joining, id, path }: Wanted): Change => {
  const mount = mountOf(joining);
  return { path, to: mount ? `${id} at ${mount.path}` : id };
};

/** How a user replaces a member that apply does not replace. */
const leaving = (executorId: string, id: string): string =>
  `stays as it joined: \`taskport compose unbind ${executorId}\` and \`taskport compose leave ${executorId} ${id}\`, then apply again`;

/** Whether a member may leave and join again without a loss: a volume that does not persist is deleted, and a task that came along joins only with its storage. */
const isReplaceable = ({ mount, task, id }: Member): boolean =>
  mount?.persistent !== false && (task?.storageId === undefined || isInline(id));

/** All members that join again: also tasks that leave with their storage, and tasks after a replaced one, because tasks run in their order. */
const withFollowers = (replaced: readonly Replaced[], there: readonly Replaced[]): Replaced[] => {
  const gone = new Set(replaced.map(({ member }) => member.id));
  const isTask = ({ member }: Replaced): boolean => member.task !== undefined;
  const firstTask = there.findIndex((one) => isTask(one) && gone.has(one.member.id));
  return there.filter(
    (one, at) =>
      gone.has(one.member.id) ||
      (isReplaceable(one.member) &&
        isTask(one) &&
        ((firstTask >= 0 && at > firstTask) || gone.has(one.member.task?.storageId ?? ''))),
  );
};

/** The changes of an existing composition's members. */
const compare = async (
  { taskport, call }: Session,
  executorId: string,
  joinings: readonly Joining[],
  members: readonly Member[],
) => {
  const missing: Wanted[] = [];
  const there: Replaced[] = [];
  const replaced: Replaced[] = [];
  const changes: Change[] = [];
  const refusals: Plan['refusals'][number][] = [];
  const notes: string[] = [];
  const wanteds = wantedOf(executorId, joinings);
  for (const { joining, id, path } of wanteds) {
    const read = () => unlessAbsent(taskport.elements.read(id, { fields: ['attributes'], ...call }), ABSENT);
    const own = members.find((member) => member.id === id);
    // The ID may be a tag, whose image is the member.
    const meant = own || !id.startsWith('image://') || members.length === 0 ? id : ((await read())?.id ?? id);
    const member = own ?? members.find((one) => one.id === meant);
    const wanted = { joining, id: meant, path };
    const isNamed = (one: Member): boolean => wanteds.some((each) => each.id === one.id);
    const isLoss = (kept: Member): boolean =>
      members.some((one) => one.task?.storageId === kept.id && isInline(one.id) && !isNamed(one));
    const other = (kept: Member, different: readonly Change[]): void => {
      there.push({ wanted, member: kept });
      if (different.length === 0) return;
      if (!isReplaceable(kept) || isLoss(kept))
        refusals.push(...different.map((change) => ({ ...change, wayOut: leaving(executorId, kept.id) })));
      else {
        replaced.push({ wanted, member: kept });
        changes.push(...different.map((change) => ({ ...change, replaces: kept.id })));
      }
    };
    if (member) {
      other(member, await memberChanges(wanted, member, members));
      continue;
    }
    const mount = mountOf(joining);
    const inPlace = members.find((one) => mount && one.mount?.path === normalised(mount.path));
    if (!inPlace) missing.push({ joining, id, path });
    else if (meant !== id && inPlace.id.startsWith('image://')) {
      there.push({ wanted, member: inPlace });
      notes.push(
        `${executorId} keeps ${inPlace.id}, and ${id} names ${meant} now: ${leaving(executorId, inPlace.id)}`,
      );
    } else other(inPlace, [{ path, from: inPlace.id, to: id }]);
  }
  return { missing, there, changes, replaced: withFollowers(replaced, there), refusals, notes };
};

const executorOf = ({ executor }: DeclaredComposition): Composing['executor'] => {
  if (executor === undefined) return undefined;
  const { metadata, spec } = newElement(executor);
  return defined({ metadata, spec }) as Composing['executor'];
};

/** The changes of a composition, and of its executor if the document declares that. */
export const planComposition = async (session: Session, declared: DeclaredComposition): Promise<Plan> => {
  const { taskport, call } = session;
  const { compositions } = taskport;
  const { executorId, executor, members: joinings, state } = declared;
  const bind = state === 'bound';
  const found = await unlessAbsent(
    taskport.elements.read(executorId, { fields: ['composition'], ...call }),
    ABSENT,
  );
  const ofExecutor = found && executor ? await planElement(session, executor) : undefined;
  const { composition } = found ?? {};
  if (!composition) {
    const made = found ? undefined : executorOf(declared);
    const changes = [
      ...(ofExecutor?.changes ?? []),
      ...wantedOf(executorId, joinings).map(joinChange),
      ...(joinings.length === 0 ? [] : [{ path: 'state', to: state }]),
    ];
    const plan = creating(
      async () => {
        await ofExecutor?.make();
        const composing = { members: joinings, bind, ...defined({ executor: made }) };
        await compositions.compose(executorId, composing, call);
      },
      { changes },
    );
    const wayOut = `is needed, since ${executorId} does not exist: \`executor: {}\` creates it`;
    const lacking = found || declared.isDeclared ? [] : [{ path: 'executor', to: {}, wayOut }];
    return { ...plan, refusals: [...(ofExecutor?.refusals ?? []), ...lacking] };
  }
  const { missing, there, replaced, refusals, notes, ...compared } = await compare(
    session,
    executorId,
    joinings,
    composition.members,
  );
  const named = there.map(({ member }) => member);
  const others = composition.members.filter((member) => !named.includes(member) && !isAlong(member, named));
  const isOther = named.some(({ bound }) => bound !== bind);
  const isBound = composition.members.some(({ bound }) => bound);
  const how = isBound ? (bind ? 'stops and starts again' : 'stops') : undefined;
  const ofState = isOther ? [{ path: 'state', from: bind ? 'unbound' : 'bound', to: state }] : [];
  const changes = [
    ...compared.changes.map((change) => ({ ...change, ...defined({ how }) })),
    ...missing.map(joinChange),
    ...ofState,
  ];
  const joining = [...replaced.map(({ wanted }) => wanted), ...missing].map((wanted) => wanted.joining);
  const gone = replaced.map(({ member }) => member.id);
  const paths = [
    ...composition.members.filter(({ id }) => !gone.includes(id)).map(({ mount }) => mount?.path),
    ...joining.map((one) => mountOf(one)?.path).map((path) => path && normalised(path)),
  ];
  // The service would refuse only after tasks were stopped.
  if (bind && replaced.length > 0 && !paths.includes(ROOT))
    refusals.push({
      path: 'members',
      from: ROOT,
      wayOut: 'leaves nothing at / for tasks to run on: mount an image there',
    });
  const make = async (): Promise<void> => {
    if (ofExecutor && ofExecutor.changes.length > 0) await ofExecutor.make();
    if (changes.length === 0) return;
    const opened = await compositions.open(executorId, call);
    if (opened.composition.revision !== composition.revision) throw stale(executorId);
    let { handle } = opened;
    if (replaced.length > 0) {
      // It would stop tasks in vain for an element that does not exist.
      for (const one of joining)
        if ('id' in one) await taskport.elements.read(one.id, { fields: ['attributes'], ...call });
      handle = await takeOut(session, opened, gone);
    } else if (!bind && isOther) ({ handle } = await compositions.unbind(handle, undefined, call));
    if (joining.length === 0 && !bind) return;
    await compositions.compose(executorId, { members: joining, handle, bind }, call);
  };
  return changing([...(ofExecutor?.changes ?? []), ...changes], make, {
    refusals: [...(ofExecutor?.refusals ?? []), ...refusals],
    notes: [
      ...notes,
      ...others.map(({ id }) => `${executorId} has ${id} too, which no document names: it stays`),
    ],
  });
};

/** Whether a task came along with one of the named storage members. */
const isAlong = ({ task }: Member, named: readonly Member[]): boolean =>
  task?.storageId !== undefined && named.some(({ id }) => id === task.storageId);
