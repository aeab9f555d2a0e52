/** What is at a path once an archive is unpacked. `gone` is what was taken away of the layer below, `none` what never came. */
export type Found = 'file' | 'directory' | 'symlink' | 'pipe' | 'device' | 'gone' | 'none';

export interface Taken {
  readonly unpackedSize: number;
  readonly tree: Readonly<Record<string, Found>>;
}

export interface Refused {
  readonly code: 'data-error' | 'unsupported-data-format' | 'payload-too-large';
  /** The entry that the problem names; absent where it is of none. */
  readonly entry?: string;
  /** The way out, as the problem tells it. */
  readonly wayOut: string;
}

/** An archive, what becomes of it here, and of it as the top layer of an image in Docker's own store and in containerd. */
export interface Case {
  readonly make: () => Uint8Array;
  readonly answer: Taken | Refused;
  /** Who does otherwise than is done here. */
  readonly others: readonly ('docker' | 'containerd')[];
  /** What it is the data of, where that makes a difference. */
  readonly as: 'image' | 'volume';
}

/** Archives by what they show. */
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

/** Refused because of the whole. */
export const noArchive = (
  bytes: Bytes,
  wayOut = 'make one by',
  code: Refused['code'] = 'unsupported-data-format',
  more?: More,
): Case => toCase(bytes, { code, wayOut }, more);
