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

/** What the service alone writes. Sizes in bytes; free space and capacities in KiB; times in RFC 3339, UTC. */
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
  /** Tasks that are associated with storage, in the order in which they were; they come along where it is joined. */
  readonly tasks?: readonly Association[];
  /** The executor that has it to itself, and with which it goes; kept beside the element. */
  readonly heldBy?: string;
  /** Who writes to it, of a volume whose writes are saved; kept beside the element, and read with a parent. */
  readonly attachment?: SavedAttachment;
  /** Tells this element from an earlier one of the same name. */
  readonly incarnation: string;
  /** Its ancestors, the parent first; fixed, since neither a parent nor its parent ever changes. */
  readonly ancestors: readonly string[];
  /** What it begins with: its parent's used size (bytes) and capacity (KiB). */
  readonly base?: { readonly usedSize: number; readonly capacity: number };
  /** The ID of its reference to its parent; part of the key of that edge. */
  readonly parentReference?: string;
  /** Where its data is kept. */
  readonly blob?: string;
  /** What an OCI image says of its data, of images; absent where that was not read since this is recorded. */
  readonly layer?: Layer;
  /** Layers that are elements, of an image without data of its own; in order, the undermost first. */
  readonly layers?: readonly ReferredLayer[];
  /** Layers of its ancestors, of images, the undermost first; absent where it has none, or where some are not known. */
  readonly below?: readonly Layer[];
  /** Of an image that was not pushed as one: what is made of it; the manifest has the digest of its attributes. Sizes in bytes. */
  readonly made?: { readonly size: number; readonly config: Pick<Layer, 'digest' | 'size'> };
  /** What was pushed, as it was. */
  readonly oci?: OciImage;
  /** When the last signed request that could write there is dead; absent where none ever could. */
  readonly writableUntil?: string;
  /** A request to read its data anew, of an image whose layer is not known; another may take its place from `until` on. */
  readonly reading?: { readonly attempt: string; readonly until: string };
  /** Data on its way into it. */
  readonly upload?: Upload;
  /** When what it waits for is given up. */
  readonly dueAt?: string;
}

/** What a list shows of an element. */
export interface ListItem {
  readonly attributes: Attributes;
  /** Text of the location's indexed keys. */
  readonly indexed: Readonly<Record<string, string>>;
  /** Elements that are its layers, where it was asked for by its ID. */
  readonly layers?: readonly { readonly id: string }[];
}

/** Which state of which element it is. */
export const versionOf = ({ incarnation, attributes }: ElementRecord): Version => ({
  life: incarnation,
  revision: attributes.revision,
});

/** What every change does to the attributes: the next revision, when (RFC 3339) and by whom. */
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
