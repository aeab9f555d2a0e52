import type { Idempotency } from '../idempotency.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import type { Expected, Version } from '../version.ts';
import type { Attachment } from './attachment.ts';
import type { Content } from './content.ts';
import type { Association, ElementRecord, ListItem, State } from './element.ts';
import type { MetadataPatch } from './metadata.ts';
import type { Descriptor } from './registry/descriptor.ts';
import type { Reference } from './shown-element.ts';

/** A list of one location: at most one equality and a prefix of the name. */
export interface ElementQuery {
  readonly location: Location;
  readonly equality?:
    | { readonly type: 'indexed'; readonly key: string; readonly value: string }
    | { readonly type: 'parent'; readonly id: string }
    | { readonly type: 'state'; readonly state: State };
  readonly namePrefix?: string;
  readonly limit: number;
  /** The name after which the page begins. */
  readonly after?: string;
}

export interface Insertion {
  readonly record: ElementRecord;
  readonly location: Location;
  readonly caller: Caller;
  readonly idempotency?: Idempotency;
}

/** An element as its referrer finds it, and the ID of the reference. */
export interface ReferredElement {
  readonly id: string;
  readonly record: ElementRecord | undefined;
  readonly reference: string;
}

export interface MetadataUpdate {
  readonly id: string;
  readonly location: Location;
  readonly patch: MetadataPatch;
  /** What it must be. */
  readonly ifMatch?: Version;
  readonly caller: Caller;
  readonly at: string;
}

/** Bytes that nothing points to any more. */
export interface DiscardedBlob {
  readonly key: string;
  /** They may still be read until then; absent, they go at once. */
  readonly from?: string;
  /** They may still be written until then, by a URL that was signed; they go once more after it. */
  readonly until?: string;
  /** The multipart upload that would write them. */
  readonly multipartId?: string;
}

/** Which state of which composition an executor has. */
export interface ComposedVersion extends Version {
  readonly nonce: string;
}

export interface Replacement {
  readonly record: ElementRecord;
  /** What it replaces; its revision must still stand. */
  readonly former: ElementRecord;
  /** Of an executor: its composition, which must still be this one; `null` for none. */
  readonly composition?: ComposedVersion | null;
  readonly location: Location;
  readonly caller: Caller;
  /** A staged blob that the element comes to own. */
  readonly staged?: string;
  readonly discarded?: readonly DiscardedBlob[];
  /** Elements that it no longer refers to. */
  readonly released?: readonly Association[];
  /** What else changes in the same step, of a volume that an executor writes to. */
  readonly attachment?: AttachmentChange;
  readonly idempotency?: Idempotency;
}

/** A change of who has a volume for writing. */
export interface AttachmentChange {
  readonly volumeId: string;
  /** As it was read, which must still stand; absent where nobody had it. */
  readonly former?: Attachment;
  /** Absent where nobody has it any more. */
  readonly next?: Attachment;
}

/** A task that storage comes to refer to. */
export interface Associating {
  readonly storageId: string;
  readonly taskId: string;
  readonly location: Location;
  readonly caller: Caller;
}

export interface Removal {
  readonly id: string;
  readonly location: Location;
  /** What it must be one of. */
  readonly ifMatch?: readonly Expected[];
  readonly caller: Caller;
}

/** A page of rows, and the place after its last where more may follow. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/**
 * Keeps elements. What must hold at a write is a condition of that write; a write whose answer got lost is
 * recognised when it is repeated. Every method may throw `unavailable`.
 */
export interface ElementStore {
  /** The element, read with strong consistency. */
  get(id: string): Promise<ElementRecord | undefined>;
  /** Who has a volume for writing; read with strong consistency. */
  attachmentOf(volumeId: string): Promise<Attachment | undefined>;
  /** Changes that, while it is as it was read. Throws `revision-mismatch`. */
  changeAttachment(change: AttachmentChange): Promise<void>;
  /** The version of an executor's composition, where it has one; read with strong consistency. */
  compositionOf(executorId: string): Promise<ComposedVersion | undefined>;
  /** The elements, in the order asked for; undefined where there is none. Read with strong consistency. */
  getAll(ids: readonly string[]): Promise<(ElementRecord | undefined)[]>;
  /** Those of the elements that exist, as a list shows them, in the order asked for. */
  getMany(ids: readonly string[]): Promise<ListItem[]>;
  /**
   * Adds an element, and takes its blob out of the staging area in the same step. Throws `name-collision`,
   * `insufficient-space`, `invalid-entry` where it is too large for an item, `idempotency-mismatch`.
   */
  insert(insertion: Insertion): Promise<void>;
  /**
   * Adds the element `referrer`, which refers to a parent. `derive` is given the parent as it is, or undefined, and may
   * refuse; from then on until the insert stands or fails, the parent cannot be deleted.
   */
  insertUnder(
    parentId: string,
    referrer: string,
    derive: (parent: ElementRecord | undefined) => ElementRecord,
    insertion: Omit<Insertion, 'record'>,
  ): Promise<ElementRecord>;
  /**
   * Adds the element `referrer` as `insertUnder` does, which refers to several, up to 81: to each once, in the way that is said. The record
   * that `derive` makes has the IDs of the references, by which its delete takes them away.
   */
  insertReferring(
    references: readonly Reference[],
    referrer: string,
    derive: (found: readonly ReferredElement[]) => ElementRecord,
    insertion: Omit<Insertion, 'record'>,
  ): Promise<ElementRecord>;
  /**
   * Has storage refer to a task, until it no longer does, or is deleted. `derive` is given both as they are at one moment
   * and the reference, and may refuse, or answer undefined where nothing is to be changed. Throws `revision-mismatch`.
   */
  associate(
    associating: Associating,
    derive: (
      storage: ElementRecord | undefined,
      task: ElementRecord | undefined,
      association: Association,
    ) => ElementRecord | undefined,
  ): Promise<void>;
  /** Throws `not-found`, `read-only-key` [keys], `revision-mismatch`, `invalid-entry`. */
  updateMetadata(update: MetadataUpdate): Promise<ElementRecord>;
  /** Replaces an element whose revision still stands. Throws `not-found`, `revision-mismatch`, `insufficient-space`, `invalid-entry`. */
  replace(replacement: Replacement): Promise<void>;
  /** As `replace`, while nothing refers to the element: nobody comes to refer to what it was. Throws `ReferredError` too. */
  replaceUnreferenced(replacement: Replacement): Promise<void>;
  /**
   * Deletes an element that nothing refers to, with its own references, and leaves a tombstone for its blob.
   * Otherwise changes nothing and answers up to 100 who refer to it. Throws `not-found`, `revision-mismatch`.
   */
  remove(removal: Removal): Promise<readonly Reference[]>;
  /** A page in name order. Lags writes by moments. */
  list(query: ElementQuery): Promise<Page<ListItem>>;
  /** A page of the elements whose parent this is, in order of their ids. Lags writes by moments. */
  children(parentId: string, limit: number, after?: string): Promise<Page<ListItem>>;
  /** A page of who refers to the element, in order of their ids; read with strong consistency. */
  references(id: string, limit: number, after?: string): Promise<Page<Reference>>;
  /**
   * What of a location's elements has one of the digests, in order of their ids, up to 100 of each; of elements of a repository,
   * or of all. Read with strong consistency.
   */
  contents(
    location: Pick<Location, 'kind' | 'name'>,
    digests: readonly string[],
    repository?: string,
  ): Promise<readonly Content[]>;
  /** What refers to a subject within a repository (`image://<location>/<name>`), in order of their digests; read with strong consistency. */
  referrers(repository: string, subject: string): Promise<readonly Descriptor[]>;
  /** Records a blob before its bytes are written, so that nothing is ever stored that nobody knows. */
  stage(blob: string, dueAt: string): Promise<void>;
}
