import type { Caller } from '../principal.ts';
import type { Shown } from '../shown.ts';
import type { Version } from '../version.ts';
import type { SavedAttachment } from './attachment.ts';
import type { attributes } from './element-schema.ts';
import type { Layer, ReferredLayer } from './layer.ts';
import type { Metadata } from './metadata.ts';
import type { OciImage } from './registry/oci-image.ts';
import type { Spec } from './specs.ts';
import type { Upload } from './upload/upload.ts';

export const states = ['pending', 'verifying', 'ready', 'failed'] as const;
export type State = (typeof states)[number];

/**
 * The attributes, which only the service writes. Sizes in bytes; free space and capacities in KiB; times in RFC
 * 3339, UTC.
 */
export type Attributes = Shown<typeof attributes>;

/** A task that storage refers to, and the ID of that reference. */
export interface Association {
  readonly id: string;
  readonly reference: string;
}

/** An element as it is kept. */
export interface ElementRecord {
  readonly attributes: Attributes;
  readonly ro: Metadata;
  readonly rw: Metadata;
  readonly spec?: Spec;
  /** Tasks that are associated with storage, in the order of their associations; they come along when it joins. */
  readonly tasks?: readonly Association[];
  /** The executor that has it exclusively, and with which it is deleted; stored beside the element. */
  readonly heldBy?: string;
  /** The attachment of a volume whose writes are saved; stored beside the element, and read with a parent. */
  readonly attachment?: SavedAttachment;
  /** Tells this element from an earlier one of the same name. */
  readonly incarnation: string;
  /** Its ancestors, the parent first. They never change, since no element changes its parent. */
  readonly ancestors: readonly string[];
  /** The space with which it begins: its parent's used size (bytes) and capacity (KiB). */
  readonly base?: { readonly usedSize: number; readonly capacity: number };
  /** The ID of its reference to its parent; part of the key of that edge. */
  readonly parentReference?: string;
  /** The key of its data. */
  readonly blob?: string;
  /**
   * Of images: the layer of an OCI image that its data is; absent if the data was last read by a version that
   * did not record it.
   */
  readonly layer?: Layer;
  /** Layers that are elements, of an image without data of its own; in order, the bottom one first. */
  readonly layers?: readonly ReferredLayer[];
  /**
   * Of images: the layers of its ancestors, the bottom one first; absent if it has none, or if some are not
   * known.
   */
  readonly below?: readonly Layer[];
  /**
   * Of an image that was not pushed: the sizes and digest of the manifest and config that the service makes from
   * it. Its attributes have the digest of the manifest. Sizes in bytes.
   */
  readonly made?: { readonly size: number; readonly config: Pick<Layer, 'digest' | 'size'> };
  /** The pushed documents of an OCI image, byte for byte. */
  readonly oci?: OciImage;
  /** When the last signed request to write its data expires; absent if there never was one. */
  readonly writableUntil?: string;
  /**
   * A request to read the data of an image again, since its layer is not known; after `until` another request
   * may replace it.
   */
  readonly reading?: { readonly attempt: string; readonly until: string };
  /** The upload that is under way. */
  readonly upload?: Upload;
  /** When the service gives up its upload or verification. */
  readonly dueAt?: string;
}

/** What a list shows of an element. */
export interface ListItem {
  readonly attributes: Attributes;
  /** Text values of the location's indexed keys. */
  readonly indexed: Readonly<Record<string, string>>;
  /** Elements that are its layers, if the caller read it by its ID. */
  readonly layers?: readonly { readonly id: string }[];
}

/** Identifies one state of one element. */
export const versionOf = ({ incarnation, attributes }: ElementRecord): Version => ({
  life: incarnation,
  revision: attributes.revision,
});

/** The attributes after any change: the next revision, the time (RFC 3339) and the author. */
export const nextRevision = <T extends Pick<Attributes, 'revision'>>(
  attributes: T,
  at: string,
  { principal }: Caller,
) => ({
  ...attributes,
  revision: attributes.revision + 1,
  modifiedAt: at,
  modifiedBy: principal,
});

/** Bytes used by the element and its ancestors. */
export const usedSizeOf = (record: ElementRecord): number =>
  (record.base?.usedSize ?? 0) + (record.attributes.unpackedSize ?? 0);
