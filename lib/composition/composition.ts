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

/** How many elements one composition may have. */
export const MAX_MEMBERS = 30;
/** The mount path of the root filesystem. */
export const ROOT = '/';

/** Where storage appears in the container. */
export type Mount = Shown<typeof mount>;
/** The latest attempt to run a task. Times are RFC 3339, UTC. */
export type Run = Shown<typeof run>;

/** A task as it was joined: a snapshot. Later changes of the element do not affect it. */
interface JoinedTask extends Omit<Shown<typeof joinedTask>, keyof Run> {
  /** The specification merged from the task, its parents and the overrides, with paths as the container sees them. */
  readonly spec: TaskSpec;
  /** The paths of the fields that the overrides set; absent if there are no overrides. */
  readonly overridden?: readonly string[];
  /** The time of its last bind. The task keeps this place in the list of runs when it is restarted. */
  readonly boundSince?: string;
  readonly run: Run;
}

/** The image whose configuration tasks use on the storage at `/`. */
export interface RootImage {
  readonly id: string;
  /** The configuration of the image. For an image that a volume descends from, it is known only after the bind. */
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
  /**
   * The root image of storage at `/`; absent if no image has a configuration, and for members that joined before
   * images had one.
   */
  readonly image?: RootImage;
  /** Storage only: whether only one executor at a time may attach it for writing. */
  readonly exclusive?: boolean;
  /** The ID of the attachment of a volume whose writes are saved: from the bind until they are saved or given up. */
  readonly attachment?: string;
  /** The ID of the bind of a volume whose writes nobody saves: they belong to this bind alone. */
  readonly bind?: string;
  /** Writes that are not saved yet: the member was unbound, and stays until then. */
  readonly saving?: Omit<Shown<typeof saving>, 'attachment'>;
  /** How its last attachment ended. */
  readonly settled?: SettledJson;
  /** Logs only: where lines go, which never changes; absent for a log that joined before this was kept. */
  readonly log?: LogSpec;
  /** Tasks only. */
  readonly task?: JoinedTask;
}

/** A member that is a task. */
export type TaskMember = Member & { readonly task: JoinedTask };
/** A member that is mounted. */
export type StorageMember = Member & { readonly kind: StorageKind; readonly mount: Mount };

/** The elements joined to one executor, in the order of their joins, and which of them are bound. */
export interface Composition {
  readonly executorId: string;
  /** Tells this composition from an earlier one of an executor of the same name. */
  readonly incarnation: string;
  /** The nonce that a handle names; each operation makes a new one. */
  readonly nonce: string;
  /** 1, 2, 3 …; every change increases it by one. Reports on tasks do so too, but keep the nonce. */
  readonly revision: number;
  readonly members: readonly Member[];
  /** The last attempts of tasks that have left, so that no number of an attempt is used twice. */
  readonly attempts: Readonly<Record<string, number>>;
  /** No task begins below this attempt; it covers those that `attempts` had to forget. */
  readonly attemptFloor: number;
  /** The task that ended and left by this very change. */
  readonly departed?: { readonly id: string; readonly run: Run };
  /** The closing, after which no member may join. */
  readonly closing?: Shown<typeof closing>;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
}

/** Identifies one state of one composition. */
export const versionOf = ({ incarnation, revision }: Composition): Version => ({
  life: incarnation,
  revision,
});

/** Whether the writes to a member are saved after its unbind. */
export const isToBeSaved = ({ exclusive, mount }: Member): boolean =>
  exclusive === true && mount?.persistent === true && mount.save !== 'never';

export const isTask = (member: Member): member is TaskMember => member.task !== undefined;
export const isStorage = (member: Member): member is StorageMember => member.mount !== undefined;

/** Whether a task was ever bound since it joined, even if it was unbound before a runner started it. */
export const wasAsked = ({ task: { run } }: TaskMember): boolean =>
  run.boundAt !== undefined || run.state !== 'created';

/** Whether the container of a task may still run: no runner has reported its end. */
export const isRunning = ({ task }: Member): boolean => task?.run.state === 'running';

/** The tasks that are bound; while there is one, storage cannot change. */
export const boundTasks = ({ members }: Pick<Composition, 'members'>): TaskMember[] =>
  members.filter(isTask).filter(({ bound }) => bound);

/** The references of members that leave; inline tasks have none. */
export const referencesOf = (members: readonly Member[]) =>
  members.filter(({ id }) => !isInline(id)).map(({ id, reference }) => ({ id, reference }));

/** The members, with changes to one task. */
export const withTask = (
  { members }: Pick<Composition, 'members'>,
  member: TaskMember,
  change: Partial<JoinedTask>,
): Member[] =>
  members.map((candidate) =>
    candidate === member ? { ...member, task: { ...member.task, ...change } } : candidate,
  );

/** The fields that an operation may change. */
export type CompositionChange = Partial<
  Pick<Composition, 'members' | 'attempts' | 'attemptFloor' | 'departed' | 'closing'>
>;

/** The next revision, with a new nonce if the caller gets a new handle. */
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
