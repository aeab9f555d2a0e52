import type { Idempotency } from '../idempotency.ts';
import type { Location } from '../location/location.ts';
import type { Page } from '../page.ts';
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
  /** The version that the element must have. */
  readonly ifMatch?: Version;
  readonly caller: Caller;
  readonly at: string;
}

/** Bytes that no element owns any more. */
export interface DiscardedBlob {
  readonly key: string;
  /** Readers may still use them until then; if absent, they are removed at once. */
  readonly from?: string;
  /** A signed URL may still write them until then; after it they are removed once more. */
  readonly until?: string;
  /** The multipart upload that would write them. */
  readonly multipartId?: string;
}

/** The version of an executor's composition. */
export interface ComposedVersion extends Version {
  readonly nonce: string;
}

export interface Replacement {
  readonly record: ElementRecord;
  /** The element to replace; its revision must be unchanged. */
  readonly former: ElementRecord;
  /** For an executor: its composition, which must be unchanged; `null` if it has none. */
  readonly composition?: ComposedVersion | null;
  readonly location: Location;
  readonly caller: Caller;
  /** A staged blob that the element takes over. */
  readonly staged?: string;
  readonly discarded?: readonly DiscardedBlob[];
  /** Elements to which it no longer refers. */
  readonly released?: readonly Association[];
  /** For a volume that an executor writes to: the change of the attachment in the same step. */
  readonly attachment?: AttachmentChange;
  readonly idempotency?: Idempotency;
}

/** A change of the executor that has a volume for writing. */
export interface AttachmentChange {
  readonly volumeId: string;
  /** The attachment as it was read, which must be unchanged; absent if there was none. */
  readonly former?: Attachment;
  /** Absent if no executor has the volume afterwards. */
  readonly next?: Attachment;
}

/** A task to which storage will refer. */
export interface Associating {
  readonly storageId: string;
  readonly taskId: string;
  readonly location: Location;
  readonly caller: Caller;
}

export interface Removal {
  readonly id: string;
  readonly location: Location;
  /** The versions of which the element must have one. */
  readonly ifMatch?: readonly Expected[];
  readonly caller: Caller;
}

export interface ReferrersPage {
  readonly limit: number;
  /** The digest after which the page begins. */
  readonly after?: string;
}

/**
 * Keeps elements. A precondition of a write is a condition of that write. A repeat of a write whose answer got
 * lost is recognised. Every method may throw `unavailable`.
 */
export interface ElementStore {
  /** The element, read with strong consistency. */
  get(id: string): Promise<ElementRecord | undefined>;
  /** The attachment of a volume; read with strong consistency. */
  attachmentOf(volumeId: string): Promise<Attachment | undefined>;
  /** Changes the attachment of a volume if it is as it was read. Throws `revision-mismatch`. */
  changeAttachment(change: AttachmentChange): Promise<void>;
  /** The version of an executor's composition, if it has one; read with strong consistency. */
  compositionOf(executorId: string): Promise<ComposedVersion | undefined>;
  /** The elements, in the order of the IDs; undefined for each that does not exist. Read with strong consistency. */
  getAll(ids: readonly string[]): Promise<(ElementRecord | undefined)[]>;
  /** Those of the elements that exist, as a list shows them, in the order of the IDs. */
  getMany(ids: readonly string[]): Promise<ListItem[]>;
  /**
   * Adds an element, and takes its blob out of the staging area in the same step. Throws `name-collision`,
   * `insufficient-space`, `invalid-entry` if it is too large for an item, `idempotency-mismatch`.
   */
  insert(insertion: Insertion): Promise<void>;
  /**
   * Adds the element `referrer`, which refers to a parent. `derive` gets the present parent, or undefined, and
   * may refuse. From then on, nobody can delete the parent until the insert has succeeded or failed.
   */
  insertUnder(
    parentId: string,
    referrer: string,
    derive: (parent: ElementRecord | undefined) => ElementRecord,
    insertion: Omit<Insertion, 'record'>,
  ): Promise<ElementRecord>;
  /**
   * Adds the element `referrer` as `insertUnder` does, with references to several elements, up to 81, once to
   * each. The record that `derive` makes has the IDs of the references, by which its delete removes them.
   */
  insertReferring(
    references: readonly Reference[],
    referrer: string,
    derive: (found: readonly ReferredElement[]) => ElementRecord,
    insertion: Omit<Insertion, 'record'>,
  ): Promise<ElementRecord>;
  /**
   * Makes storage refer to a task, until it is dissociated or deleted. `derive` gets both as they are at one
   * moment and the reference. It may refuse, or answer undefined if nothing is to change. Throws
   * `revision-mismatch`.
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
  /**
   * Replaces an element whose revision is unchanged. Throws `not-found`, `revision-mismatch`,
   * `insufficient-space`, `invalid-entry`.
   */
  replace(replacement: Replacement): Promise<void>;
  /**
   * As `replace`, if nothing refers to the element, so that nobody refers to its former data. Throws
   * `ReferredError` too.
   */
  replaceUnreferenced(replacement: Replacement): Promise<void>;
  /**
   * Deletes an element that nothing refers to, with its own references, and leaves a tombstone for its blob.
   * Otherwise it changes nothing and answers up to 100 references. Throws `not-found`, `revision-mismatch`.
   */
  remove(removal: Removal): Promise<readonly Reference[]>;
  /** A page in name order. Lags writes by moments. */
  list(query: ElementQuery): Promise<Page<ListItem>>;
  /** A page of the elements whose parent this is, in order of their ids. Lags writes by moments. */
  children(parentId: string, limit: number, after?: string): Promise<Page<ListItem>>;
  /** A page of the references to the element, in the order of their IDs; read with strong consistency. */
  references(id: string, limit: number, after?: string): Promise<Page<Reference>>;
  /**
   * The contents of a location with one of the digests, in the order of their elements' IDs, up to 100 of each
   * digest: of one repository, or of all elements. Read with strong consistency.
   */
  contents(
    location: Pick<Location, 'kind' | 'name'>,
    digests: readonly string[],
    repository?: string,
  ): Promise<readonly Content[]>;
  /**
   * A page of the contents that refer to a subject within a repository (`image://<location>/<name>`), in the
   * order of their digests; read with strong consistency. It has fewer than `limit` if one query cannot read more.
   */
  referrers(repository: string, subject: string, page: ReferrersPage): Promise<Page<Descriptor>>;
  /** Records a blob before its bytes are written, so that the sweeper finds all stored bytes. */
  stage(blob: string, dueAt: string): Promise<void>;
}
