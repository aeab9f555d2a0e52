import type { SavedAttachment } from '../element/attachment.ts';
import type { ElementRecord } from '../element/element.ts';
import type { AttachmentChange, Replacement } from '../element/element-store.ts';
import type { Idempotency } from '../idempotency.ts';
import type { Location } from '../location/location.ts';
import type { Page } from '../page.ts';
import type { Caller } from '../principal.ts';
import type { Composition } from './composition.ts';
import type { ListedRun } from './listed-run.ts';
import type { Report } from './report-request.ts';

/** A composition that replaces the one from which it was made, and the further changes of the same step. */
export interface CompositionReplacement {
  readonly composition: Composition;
  /** The composition to replace; its nonce and its revision must be unchanged. */
  readonly former: Composition;
  /**
   * Volumes of which others have to stop making children before they are attached. The `next` of each lacks the
   * checksum of the data with which it begins.
   */
  readonly attaching?: readonly { readonly volumeId: string; readonly next: SavedAttachment }[];
  /** Other changes of attachments. */
  readonly attachments?: readonly AttachmentChange[];
  /** Volumes that get other data, or lose their upload. */
  readonly replaced?: readonly Replacement[];
  /** Elements that the composition no longer refers to, each with the ID of the reference. */
  readonly released?: readonly { readonly id: string; readonly reference: string }[];
  /** A volume that was exclusive, and that the step deletes. */
  readonly deleted?: { readonly record: ElementRecord; readonly location: Location };
  /** The report to add to the history of a task. */
  readonly report?: { readonly taskId: string; readonly report: Report };
  readonly caller: Caller;
  readonly idempotency?: Idempotency;
}

/** An element that may join, with the tasks that come along and the attempts as which they are referred to. */
export interface Joining {
  readonly element: ElementRecord | undefined;
  readonly reference: string;
  readonly along: readonly {
    readonly id: string;
    readonly element: ElementRecord | undefined;
    readonly reference: string;
  }[];
}

/** A composition with new members, and the attachments of the same step. */
export interface Composed extends Pick<CompositionReplacement, 'attaching' | 'attachments' | 'replaced'> {
  readonly composition: Composition;
  /** The executor, if the step creates it with its composition. */
  readonly made?: { readonly record: ElementRecord; readonly location: Location };
}

export interface CompositionJoin {
  readonly executorId: string;
  /** The members that join, each once; for an exclusive one, whether nothing else may refer to it. */
  readonly members: readonly { readonly id: string; readonly alone: boolean }[];
  /** Whether the join reads the executor itself; it need not if the composition exists. */
  readonly looksAtExecutor: boolean;
  /** The tasks that come along with an element; it may refuse. */
  readonly along: (element: ElementRecord | undefined) => Promise<readonly string[]>;
  /**
   * Makes the composition with the elements, in the order of the members; it may refuse. The store first calls
   * it without the tasks that come along, since the attached volumes do not depend on them.
   */
  readonly derive: (
    former: { readonly composition: Composition | undefined; readonly executor: ElementRecord | undefined },
    joining: readonly Joining[],
  ) => Composed | undefined | Promise<Composed | undefined>;
  readonly caller: Caller;
  readonly idempotency?: Idempotency;
}

/** Selects the runs of a list. */
export interface RunsQuery {
  readonly location: string;
  readonly state?: ListedRun['state'];
  readonly limit: number;
  /** The place at which the page before ended. */
  readonly after?: string;
}

/**
 * Keeps compositions, each in a record beside its executor's own. A precondition of a write is a condition of
 * that write. A composition refers to its members as a child does to its parent, so nobody can delete them
 * meanwhile. Every method may throw `unavailable`; those that write may throw `idempotency-mismatch`.
 */
export interface CompositionStore {
  /** The composition of an executor, read with strong consistency. */
  get(executorId: string): Promise<Composition | undefined>;
  /**
   * Adds the composition of an executor that has none. Answers false if it has one already, or if the executor
   * does not exist any more.
   */
  add(composition: Composition, executor: ElementRecord, idempotency?: Idempotency): Promise<boolean>;
  /**
   * Replaces a composition. Throws `revision-mismatch` if it, or an attachment, is not as it was read,
   * `volume-attached` [executorId], `ReferredError` if a volume to attach has children, `insufficient-space`,
   * `payload-too-large` if it would not fit.
   */
  replace(replacement: CompositionReplacement): Promise<void>;
  /**
   * Adds members, all or none, and creates the composition and the executor if `derive` does; or answers the
   * present composition if `derive` changes nothing. Nobody can delete a member until it leaves. Throws as
   * `replace`, and `ReferredError` if another executor has a member for writing.
   */
  join(join: CompositionJoin): Promise<Composition>;
  /** A page of the runs in a location of executors, the latest bind first; it may be short of `limit`. */
  runs(query: RunsQuery): Promise<Page<ListedRun>>;
  /** A page of the reports on a task, the earliest first; `after` is the place after which the page begins. */
  reports(composition: Composition, taskId: string, limit: number, after?: string): Promise<Page<Report>>;
}
