import { posix } from 'node:path';
import type { Composing, Joining } from '../../client/compositions.ts';
import { ProblemError } from '../../client/problem-error.ts';
import { associatedSpec } from '../../lib/composition/associated-spec.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { defined } from '../../lib/defined.ts';
import { mergeSpec } from '../../lib/element/environment.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Session } from '../session.ts';
import { ABSENT, unlessAbsent } from '../unless-absent.ts';
import type { DeclaredComposition } from './declared.ts';
import { newElement, planElement } from './element-plan.ts';
import { type Change, changing, creating, differences, type Plan } from './plan.ts';

type Member = CompositionJson['members'][number];

/** A member as it is to be. */
interface Wanted {
  readonly joining: Joining;
  /** The ID that it has there. */
  readonly id: string;
  /** Where the document says it. */
  readonly path: string;
}

const wantedOf = (executorId: string, joinings: readonly Joining[]): Wanted[] =>
  joinings.map((joining, at) => ({
    joining,
    id: 'task' in joining ? `${executorId}/tasks/${joining.task.name}` : joining.id,
    path: `members[${at}]`,
  }));

const mountOf = (joining: Joining) => ('mount' in joining ? joining.mount : undefined);

/** A path as the service shows it. */
const normalised = (path: string): string =>
  posix
    .normalize(path)
    .replace(/^\/+/, '/')
    .replace(/(.)\/$/, '$1');

/** In how a member that is there differs from what is to be. */
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

/** What is to be a member, as it would be said of one that joins. */
const joinChange = ({ joining, id, path }: Wanted): Change => {
  const mount = mountOf(joining);
  return { path, to: mount ? `${id} at ${mount.path}` : id };
};

const stale = (executorId: string): ProblemError => {
  const code = 'stale-handle';
  const detail = `the composition of ${executorId} was changed meanwhile`;
  return new ProblemError({ type: `https://taskport.dev/problems/${code}`, status: 409, code, detail });
};

/** How a user has a member joined otherwise. */
const leaving = (executorId: string, id: string): string =>
  `stays as it joined: \`taskport compose unbind ${executorId}\` and \`taskport compose leave ${executorId} ${id}\`, then apply again`;

/** What has to be done about members of a composition that is there. */
const compare = async (
  { taskport, call }: Session,
  executorId: string,
  joinings: readonly Joining[],
  members: readonly Member[],
) => {
  const missing: Wanted[] = [];
  const there: Member[] = [];
  const refusals: Plan['refusals'][number][] = [];
  const notes: string[] = [];
  for (const { joining, id, path } of wantedOf(executorId, joinings)) {
    const read = () => unlessAbsent(taskport.elements.read(id, { fields: ['attributes'], ...call }), ABSENT);
    const own = members.find((member) => member.id === id);
    // It may be a tag, of which the image is the member.
    const meant = own || !id.startsWith('image://') || members.length === 0 ? id : ((await read())?.id ?? id);
    const member = own ?? members.find((one) => one.id === meant);
    const wanted = { joining, id: meant, path };
    if (member) {
      there.push(member);
      for (const change of await memberChanges(wanted, member, members))
        refusals.push({ ...change, wayOut: leaving(executorId, meant) });
      continue;
    }
    const mount = mountOf(joining);
    const inPlace = members.find((one) => mount && one.mount?.path === normalised(mount.path));
    if (!inPlace) missing.push({ joining, id, path });
    else if (meant !== id && inPlace.id.startsWith('image://')) {
      there.push(inPlace);
      notes.push(
        `${executorId} keeps ${inPlace.id}, and ${id} names ${meant} now: ${leaving(executorId, inPlace.id)}`,
      );
    } else
      refusals.push({
        path,
        from: inPlace.id,
        to: id,
        wayOut: leaving(executorId, inPlace.id),
      });
  }
  return { missing, there, refusals, notes };
};

const executorOf = ({ executor }: DeclaredComposition): Composing['executor'] => {
  if (executor === undefined) return undefined;
  const { metadata, spec } = newElement(executor);
  return defined({ metadata, spec }) as Composing['executor'];
};

/** What has to be done about a composition, and about its executor where something is said of that. */
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
    const plan = creating(async () => {
      await ofExecutor?.make();
      const composing = { members: joinings, bind, ...defined({ executor: made }) };
      await compositions.compose(executorId, composing, call);
    }, [
      ...(ofExecutor?.changes ?? []),
      ...wantedOf(executorId, joinings).map(joinChange),
      ...(joinings.length === 0 ? [] : [{ path: 'state', to: state }]),
    ]);
    return { ...plan, refusals: ofExecutor?.refusals ?? [] };
  }
  const { missing, there, refusals, notes } = await compare(
    session,
    executorId,
    joinings,
    composition.members,
  );
  const others = composition.members.filter((member) => !there.includes(member) && !isAlong(member, there));
  const isOther = there.some(({ bound }) => bound !== bind);
  const ofState = isOther ? [{ path: 'state', from: bind ? 'unbound' : 'bound', to: state }] : [];
  const changes = [...missing.map(joinChange), ...ofState];
  const make = async (): Promise<void> => {
    if (ofExecutor && ofExecutor.changes.length > 0) await ofExecutor.make();
    if (changes.length === 0) return;
    let { handle, composition: latest } = await compositions.open(executorId, call);
    if (latest.revision !== composition.revision) throw stale(executorId);
    if (!bind && isOther) ({ handle } = await compositions.unbind(handle, undefined, call));
    if (missing.length === 0 && !bind) return;
    const members = missing.map(({ joining }) => joining);
    await compositions.compose(executorId, { members, handle, bind }, call);
  };
  return changing([...(ofExecutor?.changes ?? []), ...changes], make, {
    refusals: [...(ofExecutor?.refusals ?? []), ...refusals],
    notes: [
      ...notes,
      ...others.map(({ id }) => `${executorId} has ${id} too, which no document names: it stays`),
    ],
  });
};

/** Whether a task came along with storage that is named. */
const isAlong = ({ task }: Member, named: readonly Member[]): boolean =>
  task?.storageId !== undefined && named.some(({ id }) => id === task.storageId);
