/** The node at a path after the unpacking. `gone` was removed from the layer below, `none` never existed. */
export type Found = 'file' | 'directory' | 'symlink' | 'pipe' | 'device' | 'gone' | 'none';

export interface Taken {
  readonly unpackedSize: number;
  readonly tree: Readonly<Record<string, Found>>;
}

export interface Refused {
  readonly code: 'data-error' | 'unsupported-data-format' | 'payload-too-large';
  /** The entry that the problem names, if any. */
  readonly entry?: string;
  /** The remedy in the problem. */
  readonly wayOut: string;
}

/** An archive with its result here, and as the top layer of an image in Docker's own store and in containerd. */
export interface Case {
  readonly make: () => Uint8Array;
  readonly answer: Taken | Refused;
  /** Engines with another result. */
  readonly others: readonly ('docker' | 'containerd')[];
  /** The kind of its element, if that matters. */
  readonly as: 'image' | 'volume';
}

/** Archives, by the property that they show. */
type Cases = Readonly<Record<string, Case>>;

/** Rows of the table in `docs/archives.md`, by their first column. */
export type Rows = Readonly<Record<string, Cases>>;

type Bytes = Uint8Array | (() => Uint8Array);
type More = Partial<Pick<Case, 'others' | 'as'>>;

const toCase = (bytes: Bytes, answer: Case['answer'], { others = [], as = 'image' }: More = {}): Case => ({
  make: typeof bytes === 'function' ? bytes : () => bytes,
  answer,
  others,
  as,
});

export const taken = (bytes: Bytes, unpackedSize: number, tree: Taken['tree'] = {}, more?: More): Case =>
  toCase(bytes, { unpackedSize, tree }, more);

/** Refused because of an entry. */
export const refused = (bytes: Bytes, entry: string, wayOut: string, more?: More): Case =>
  toCase(bytes, { code: 'data-error', entry, wayOut }, more);

/** Refused as a whole. */
export const noArchive = (
  bytes: Bytes,
  wayOut = 'make one by',
  code: Refused['code'] = 'unsupported-data-format',
  more?: More,
): Case => toCase(bytes, { code, wayOut }, more);
