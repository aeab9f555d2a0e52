import type { SettledJson, saving } from '../element/attachment-schema.ts';
import type { ImageSpec } from '../element/image-spec.ts';
import type { LogSpec } from '../element/log-spec.ts';
import { isInline } from '../element/member-id.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import type { MemberKind, StorageKind } from '../kind/index.ts';
import type { Caller } from '../principal.ts';
import type { Shown } from '../shown.ts';
import type { Version } from '../version.ts';
import type { closing } from './closing-schema.ts';
import type { joinedTask, mount, run } from './run-schema.ts';

/** How many elements one composition has. */
export const MAX_MEMBERS = 30;
/** The mount path of the root filesystem. */
export const ROOT = '/';

/** Where storage appears in the container. */
export type Mount = Shown<typeof mount>;
/** The latest attempt to run a task. Times are RFC 3339, UTC. */
export type Run = Shown<typeof run>;

/** A task as it was joined: a snapshot, which later changes of the element leave alone. */
interface JoinedTask extends Omit<Shown<typeof joinedTask>, keyof Run> {
  /** Merged of the task's own, its parents' and the overrides; its paths as the container sees them. */
  readonly spec: TaskSpec;
  /** Fields that the overrides say, each by its path; absent where there were none. */
  readonly overridden?: readonly string[];
  /** When it was bound last: it keeps its place in the list of runs while it is started again. */
  readonly boundSince?: string;
  readonly run: Run;
}

/** The image that says how tasks run on what is at `/`. */
export interface RootImage {
  readonly id: string;
  /** What it says; of an image that a volume descends from, not before that is bound. */
  readonly spec?: ImageSpec;
}

/** An element joined to an executor. */
export interface Member {
  readonly id: string;
  readonly kind: MemberKind;
  readonly bound: boolean;
  /** The ID of the composition's reference to it; part of the key of that edge. */
  readonly reference: string;
  /** Storage only. */
  readonly mount?: Mount;
  /** Of storage at `/`; absent where no image says anything, and of what joined before images did. */
  readonly image?: RootImage;
  /** Storage only: it is attached for writing by one executor at a time. */
  readonly exclusive?: boolean;
  /** The ID of its attachment, of a volume whose writes are saved: from the bind until they are, or were given up. */
  readonly attachment?: string;
  /** What was written is not saved yet: it was unbound, and stays until then. */
  readonly saving?: Omit<Shown<typeof saving>, 'attachment'>;
  /** How its last attachment ended. */
  readonly settled?: SettledJson;
  /** Logs only: where lines go, which never changes; absent of one that joined before it was kept here. */
  readonly log?: LogSpec;
  /** Tasks only. */
  readonly task?: JoinedTask;
}

/** A member that is a task. */
export type TaskMember = Member & { readonly task: JoinedTask };
/** A member that is mounted. */
export type StorageMember = Member & { readonly kind: StorageKind; readonly mount: Mount };

/** The elements joined to one executor, in the order in which they were, and which of them are bound. */
export interface Composition {
  readonly executorId: string;
  /** Tells this composition from an earlier one of an executor of the same name. */
  readonly incarnation: string;
  /** What a handle names; fresh with every operation. */
  readonly nonce: string;
  /** 1, 2, 3 …; every change moves it by one, reports on tasks included, which leave the nonce alone. */
  readonly revision: number;
  readonly members: readonly Member[];
  /** The last attempts of tasks that have left, so that no attempt is ever numbered like one before it. */
  readonly attempts: Readonly<Record<string, number>>;
  /** No task begins below this; what `attempts` had to forget. */
  readonly attemptFloor: number;
  /** The task that this very change saw end and leave. */
  readonly departed?: { readonly id: string; readonly run: Run };
  /** Everything is to leave, and nothing joins any more. */
  readonly closing?: Shown<typeof closing>;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
}

/** Which state of which composition it is. */
export const versionOf = ({ incarnation, revision }: Composition): Version => ({
  life: incarnation,
  revision,
});

/** Whether what is written to a member is saved once it is unbound. */
export const isToBeSaved = ({ exclusive, mount }: Member): boolean =>
  exclusive === true && mount?.persistent === true && mount.save !== 'never';

export const isTask = (member: Member): member is TaskMember => member.task !== undefined;
export const isStorage = (member: Member): member is StorageMember => member.mount !== undefined;

/** Whether a task was asked to run since it joined; also where that was taken back before anybody said that it was started. */
export const wasAsked = ({ task: { run } }: TaskMember): boolean =>
  run.boundAt !== undefined || run.state !== 'created';

/** The tasks that are bound: while there is one, storage stays as it is. */
export const boundTasks = ({ members }: Pick<Composition, 'members'>): TaskMember[] =>
  members.filter(isTask).filter(({ bound }) => bound);

/** The references of members that go: those of elements. */
export const referencesOf = (members: readonly Member[]) =>
  members.filter(({ id }) => !isInline(id)).map(({ id, reference }) => ({ id, reference }));

/** The members, with something else of one task. */
export const withTask = (
  { members }: Pick<Composition, 'members'>,
  member: TaskMember,
  change: Partial<JoinedTask>,
): Member[] =>
  members.map((candidate) =>
    candidate === member ? { ...member, task: { ...member.task, ...change } } : candidate,
  );

/** What an operation changes of a composition. */
export type CompositionChange = Partial<
  Pick<Composition, 'members' | 'attempts' | 'attemptFloor' | 'departed' | 'closing'>
>;

/** The next revision, under a new nonce where a caller is to get a new handle. */
export const nextComposition = (
  former: Composition,
  change: CompositionChange,
  at: string,
  { principal }: Caller,
  nonce = former.nonce,
): Composition => {
  const { departed: _, ...kept } = former;
  return { ...kept, ...change, nonce, revision: former.revision + 1, modifiedAt: at, modifiedBy: principal };
};
