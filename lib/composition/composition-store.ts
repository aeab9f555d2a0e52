import type { SavedAttachment } from '../element/attachment.ts';
import type { ElementRecord } from '../element/element.ts';
import type { AttachmentChange, Page, Replacement } from '../element/element-store.ts';
import type { Idempotency } from '../idempotency.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import type { Composition } from './composition.ts';
import type { ListedRun } from './listed-run.ts';
import type { Report } from './report-request.ts';

/** A composition that replaces the one it was made of, and what else changes in the same step. */
export interface CompositionReplacement {
  readonly composition: Composition;
  /** What it replaces; its nonce and its revision must still stand. */
  readonly former: Composition;
  /** Volumes of which others have to stop making children before they are attached. Each has its `next` but for the checksum that it begins with. */
  readonly attaching?: readonly { readonly volumeId: string; readonly next: SavedAttachment }[];
  /** What else changes of who has volumes for writing. */
  readonly attachments?: readonly AttachmentChange[];
  /** Volumes that get other data, or lose what was on its way. */
  readonly replaced?: readonly Replacement[];
  /** Elements that the composition no longer refers to, each with the ID of the reference. */
  readonly released?: readonly { readonly id: string; readonly reference: string }[];
  /** A volume that was held exclusively, and is deleted. */
  readonly deleted?: { readonly record: ElementRecord; readonly location: Location };
  /** What is added to the history of a task. */
  readonly report?: { readonly taskId: string; readonly report: Report };
  readonly caller: Caller;
  readonly idempotency?: Idempotency;
}

/** An element that may join, with the tasks that come along and the attempts under which they are referred to. */
export interface Joining {
  readonly element: ElementRecord | undefined;
  readonly reference: string;
  readonly along: readonly {
    readonly id: string;
    readonly element: ElementRecord | undefined;
    readonly reference: string;
  }[];
}

/** A composition with new members, and what is attached with it. */
export interface Composed extends Pick<CompositionReplacement, 'attaching' | 'attachments' | 'replaced'> {
  readonly composition: Composition;
  /** The executor, where it is made with its composition. */
  readonly made?: { readonly record: ElementRecord; readonly location: Location };
}

export interface CompositionJoin {
  readonly executorId: string;
  /** What joins, each once; of what joins alone, whether nothing else may refer to it, now or while it is joined. */
  readonly members: readonly { readonly id: string; readonly alone: boolean }[];
  /** Whether the executor itself is looked at; it need not be where its composition is there. */
  readonly looksAtExecutor: boolean;
  /** The tasks that come along with an element; it may refuse. */
  readonly along: (element: ElementRecord | undefined) => Promise<readonly string[]>;
  /**
   * The composition with the elements, which are told in the order of the members; it may refuse. Asked first without the tasks that come along: which volumes
   * are attached does not depend on them.
   */
  readonly derive: (
    former: { readonly composition: Composition | undefined; readonly executor: ElementRecord | undefined },
    joining: readonly Joining[],
  ) => Composed | undefined | Promise<Composed | undefined>;
  readonly caller: Caller;
  readonly idempotency?: Idempotency;
}

/** Which runs are asked for. */
export interface RunsQuery {
  readonly location: string;
  readonly state?: ListedRun['state'];
  readonly limit: number;
  /** The place at which a page ended. */
  readonly after?: string;
}

/** A page of runs, and where it ended where more may follow. */
export interface RunsPage {
  readonly items: readonly ListedRun[];
  readonly next?: string;
}

/**
 * Keeps compositions, each a record beside its executor's own. What must hold at a write is a condition of that write; a
 * composition refers to its members as a child does to its parent, so that none of them is deleted meanwhile. Every
 * method may throw `unavailable`; those that write may throw `idempotency-mismatch`.
 */
export interface CompositionStore {
  /** The composition of an executor, read with strong consistency. */
  get(executorId: string): Promise<Composition | undefined>;
  /** Adds the composition of an executor that has none. False where it has one by now, or where the executor is gone. */
  add(composition: Composition, executor: ElementRecord, idempotency?: Idempotency): Promise<boolean>;
  /**
   * Replaces a composition. Throws `revision-mismatch` where it, or an attachment, is not as it was read, `volume-attached` [executorId],
   * `ReferredError` where a volume to be attached has children, `insufficient-space`, `payload-too-large` where it would not fit.
   */
  replace(replacement: CompositionReplacement): Promise<void>;
  /**
   * Adds members, all or none, and makes the composition and the executor where `derive` does, or answers the present composition where it does nothing; until a member leaves, it cannot be deleted. Throws as
   * `replace`, and `ReferredError` where another executor has one for writing.
   */
  join(join: CompositionJoin): Promise<Composition>;
  /** A page of the runs in a location of executors, the latest bind first; it may be short of `limit`. */
  runs(query: RunsQuery): Promise<RunsPage>;
  /** A page of what was reported on a task, the earliest first; `after` is the place after which it begins. */
  reports(composition: Composition, taskId: string, limit: number, after?: string): Promise<Page<Report>>;
}
