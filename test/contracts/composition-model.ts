/**
 * A model of compositions, independent of the product, by section 5 of the design: the problems that refuse an operation, and its effects. Names
 * are short; the first letter is the kind: `E` an executor, `I` an image, `V` a volume, `N` a volume on NFS, `T` a task, `L` a log.
 */

import { after } from './composition-effects.ts';

export interface Mounted {
  readonly path: string;
  readonly readOnly: boolean;
  readonly persistent: boolean;
}

export type Action =
  | { readonly op: 'open'; readonly on: string }
  | {
      readonly op: 'compose';
      readonly on: string;
      /** Whether the call creates a missing executor. */
      readonly makes: boolean;
      readonly joins: readonly { readonly id: string; readonly mount?: Mounted }[];
      readonly bind: boolean;
    }
  | { readonly op: 'join'; readonly on: string; readonly id: string; readonly mount?: Mounted }
  | { readonly op: 'bind' | 'unbind'; readonly on: string; readonly id?: string }
  | { readonly op: 'leave' | 'interrupt'; readonly on: string; readonly id: string }
  | {
      readonly op: 'report';
      readonly on: string;
      readonly id: string;
      readonly state: 'running' | 'exited';
      readonly attempt: number;
    }
  | { readonly op: 'delete' | 'create'; readonly id: string }
  | { readonly op: 'child'; readonly id: string; readonly of: string }
  | { readonly op: 'associate' | 'dissociate'; readonly id: string; readonly task: string };

/** An action, with its handle if it takes one. */
export type Step = Action & { readonly handle?: string };

/** The visible state of a member. */
export interface Member {
  readonly id: string;
  readonly bound: boolean;
  readonly mount?: Mounted;
  readonly task?: {
    readonly state: 'created' | 'bound' | 'running' | 'exited';
    readonly attempt: number;
    /** Whether it was requested to run since it joined. */
    readonly isAsked: boolean;
    readonly ephemeral: boolean;
    readonly with?: string;
    readonly signals: number;
  };
}

interface Composition {
  /** The present handle; callers treat it as opaque. */
  readonly handle: string;
  readonly members: readonly Member[];
  /** The last attempts of tasks that have left. */
  readonly attempts: Readonly<Record<string, number>>;
}

export interface World {
  /** Every element, with its parent and its associated tasks. */
  readonly elements: Readonly<
    Record<string, { readonly parent?: string; readonly tasks: readonly string[] }>
  >;
  readonly compositions: Readonly<Record<string, Composition>>;
}

const isKind = (id: string, kinds: string): boolean => kinds.includes(id.charAt(0));
const isStorage = ({ mount }: Member): boolean => mount !== undefined;
const runs = ({ bound, task }: Member): boolean => bound && task !== undefined;
/** Whether only one executor at a time may write to it. */
const isExclusive = ({ id, mount }: Pick<Member, 'id' | 'mount'>): boolean =>
  isKind(id, 'V') && mount?.readOnly === false;

const membersOf = (world: World, on: string): readonly Member[] => world.compositions[on]?.members ?? [];
const everyMember = (world: World): Member[] =>
  Object.values(world.compositions).flatMap(({ members }) => members);
const isHeld = (world: World, id: string): boolean =>
  everyMember(world).some((member) => member.id === id && member.mount?.persistent === false);
/** Whether its writes are saved. In this model no engine reports writes, so an unbind frees the volume. */
const isSaved = (member: Pick<Member, 'id' | 'mount'>): boolean =>
  isExclusive(member) && member.mount?.persistent === true;
const isParent = (world: World, id: string): boolean =>
  Object.values(world.elements).some(({ parent }) => parent === id);
const isReferredTo = (world: World, id: string): boolean =>
  everyMember(world).some((member) => member.id === id) ||
  Object.values(world.elements).some(({ parent, tasks }) => parent === id || tasks.includes(id));

type Refusals = (string | false)[];

const refusesJoin = (world: World, { on, id, mount }: Extract<Action, { op: 'join' }>): Refusals => {
  const element = world.elements[id];
  const members = membersOf(world, on);
  const added = [id, ...(mount ? (element?.tasks ?? []) : [])];
  return [
    !element && 'not-found',
    isHeld(world, id) && 'volume-attached',
    members.some((member) => added.includes(member.id)) && 'already-joined',
    mount !== undefined && members.some(runs) && 'invalid-state',
    members.some((member) => mount && member.mount?.path === mount.path) && 'mount-conflict',
    mount?.persistent === false && isReferredTo(world, id) && 'in-use',
  ];
};

/** The problem of a task whose requirements are not bound. */
const refusesTask = (members: readonly Member[], bound: readonly Member[], task: Member): Refusals => {
  const log = members.find(({ id }) => isKind(id, 'L'));
  const needed = [task.task?.with, log?.id].filter((id) => id !== undefined);
  return [
    !bound.some(({ mount }) => mount?.path === '/') && 'no-root-filesystem',
    needed.some((id) => !bound.some((member) => member.id === id)) && 'not-bound',
  ];
};

const chosenToBind = (members: readonly Member[], id: string | undefined): Member[] =>
  members.filter((member) => (id === undefined ? !member.bound : member.id === id));

const refusesBind = (world: World, on: string, id: string | undefined): Refusals => {
  const members = membersOf(world, on);
  const chosen = chosenToBind(members, id);
  const bound = members.filter((member) => member.bound || chosen.includes(member));
  const elsewhere = Object.keys(world.compositions)
    .filter((other) => other !== on)
    .flatMap((other) => membersOf(world, other));
  return [
    id !== undefined && chosen.length === 0 && 'not-joined',
    chosen.some((member) => member.bound) && 'already-bound',
    chosen.some(isStorage) && members.some(runs) && 'invalid-state',
    chosen
      .filter(isExclusive)
      .some((one) => elsewhere.some((other) => other.bound && other.id === one.id && isExclusive(other))) &&
      'volume-attached',
    chosen.some((member) => isSaved(member) && isParent(world, member.id)) && 'in-use',
    ...chosen.filter(({ task }) => task).flatMap((task) => refusesTask(members, bound, task)),
  ];
};

const refusesUnbind = (members: readonly Member[], id: string | undefined): Refusals => {
  const member = members.find((candidate) => candidate.id === id);
  return [
    id !== undefined && !member && 'not-joined',
    member !== undefined && !member.bound && 'not-bound',
    // Every bound task depends on all storage, and on the log of its output.
    member !== undefined && isKind(member.id, 'IVNL') && members.some(runs) && 'in-use',
  ];
};

const refusesReport = (
  member: Member | undefined,
  { state, attempt }: Extract<Action, { op: 'report' }>,
): Refusals => {
  const run = member?.task;
  if (!member || !run) return ['not-joined'];
  if (!run.isAsked || (attempt > run.attempt && !member.bound)) return ['not-bound'];
  const isOver =
    attempt < run.attempt || (attempt === run.attempt && run.state === 'exited' && state === 'running');
  return [isOver && 'invalid-state'];
};

const refusesWithHandle = (world: World, step: Step & { readonly on: string }): Refusals => {
  const members = membersOf(world, step.on);
  if (step.op === 'join') return refusesJoin(world, step);
  if (step.op === 'bind') return refusesBind(world, step.on, step.id);
  if (step.op === 'unbind') return refusesUnbind(members, step.id);
  const member = members.find(({ id }) => 'id' in step && id === step.id);
  if (!member) return ['not-joined'];
  if (step.op === 'interrupt')
    return [!member.bound && 'not-bound', member.task?.state === 'exited' && 'invalid-state'];
  return [member.bound && 'already-bound', isStorage(member) && members.some(runs) && 'invalid-state'];
};

/** A problem of one member, or of the bind, refuses the whole call. */
const refusesCompose = (
  world: World,
  { on, makes, joins, bind }: Extract<Action, { op: 'compose' }>,
): Refusals => {
  const reasons: Refusals = [
    world.compositions[on] !== undefined && 'stale-handle',
    !world.elements[on] && !makes && 'not-found',
  ];
  let composed = after(world, { op: 'compose', on, makes, joins: [], bind: false }, '');
  for (const one of joins) {
    const join = { op: 'join', on, ...one } as const;
    reasons.push(...refusesJoin(composed, join));
    composed = after(composed, join, '');
  }
  return [...reasons, ...(bind ? refusesBind(composed, on, undefined) : [])];
};

/** Every problem that may refuse a step; none if it succeeds. */
export const refusals = (world: World, step: Step): string[] => {
  const { elements } = world;
  const all = (): Refusals => {
    switch (step.op) {
      case 'open':
        return [!elements[step.on] && 'not-found'];
      case 'compose':
        return refusesCompose(world, step);
      case 'create':
        return [elements[step.id] !== undefined && 'name-collision'];
      case 'child':
        return [
          elements[step.id] !== undefined && 'name-collision',
          !elements[step.of] && 'unknown-parent',
          isHeld(world, step.of) && 'invalid-parent',
          everyMember(world).some((one) => one.id === step.of && one.bound && isSaved(one)) &&
            'volume-attached',
        ];
      case 'delete':
        return [
          !elements[step.id] && 'not-found',
          everyMember(world).some((one) => one.id === step.id && one.bound && isSaved(one))
            ? 'volume-attached'
            : (isReferredTo(world, step.id) || membersOf(world, step.id).length > 0) && 'in-use',
        ];
      case 'associate':
        return [(!elements[step.id] || !elements[step.task]) && 'not-found'];
      case 'dissociate':
        return [!elements[step.id]?.tasks.includes(step.task) && 'not-found'];
      case 'report':
        if (!elements[step.on]) return ['not-found'];
        return refusesReport(
          membersOf(world, step.on).find(({ id }) => id === step.id),
          step,
        );
      default:
        return [
          world.compositions[step.on]?.handle !== step.handle && 'stale-handle',
          ...refusesWithHandle(world, step),
        ];
    }
  };
  return [...new Set(all().filter((reason) => reason !== false))];
};
