import { TaskportError } from '../errors.ts';
import { isArchive, type KindRules } from '../kind/kind-rules.ts';
import type { Principal } from '../principal.ts';
import { algorithmOf, type Checksum, computeChecksum, verifyChecksum } from './checksum.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type ElementId, formatId } from './id.ts';
import { type Layer, toLayer } from './layer.ts';
import { notReady } from './not-ready.ts';
import { readElement } from './read-element.ts';

/** Data once it has been checked. */
interface CheckedData {
  readonly checksum: Checksum;
  readonly size: number;
  /** Bytes the archive unpacks to; absent where data is no archive. */
  readonly unpackedSize?: number;
}

/** Data that was checked, and what is kept beside it. */
export interface Inspection {
  readonly data: CheckedData;
  /** The index of an archive's paths, where one is kept. */
  readonly paths?: Uint8Array | undefined;
  /** What an image says of it, where it is a layer. */
  readonly layer?: Layer | undefined;
}

/** Milliseconds after which bytes that no element points to are removed. */
export const STAGING_MS = 15 * 60_000;

/**
 * Checks data against its checksum and, where the kind asks for an archive, as one. Throws
 * `checksum-mismatch`, `unsupported-data-format`, `data-error`, `payload-too-large`.
 */
export const checkData = async (
  bytes: Uint8Array,
  rules: KindRules,
  expected?: Checksum,
): Promise<Inspection> => {
  const data = { checksum: verifyChecksum(bytes, expected), size: bytes.length };
  if (!isArchive(rules)) return { data };
  // Loaded when the first archive comes: most calls bring none, and it would cost every cold start.
  const { measureArchive } = await import('./archive/archive.ts');
  const isLayer = rules.data === 'layer';
  const { unpackedSize, paths, ...packing } = await measureArchive(bytes, { isLayer, withinCall: true });
  const layer = isLayer ? toLayer(digestOf(bytes, data.checksum), bytes.length, packing) : undefined;
  return { data: { ...data, unpackedSize }, paths, layer };
};

/** The SHA-256 of bytes whose checksum is known. */
const digestOf = (bytes: Uint8Array, checksum: Checksum): Checksum =>
  algorithmOf(checksum) === 'sha256' ? checksum : computeChecksum('sha256', bytes);

/** Data of another size than was said. */
export const wrongSize = (expected: number, actual: number): TaskportError =>
  new TaskportError(
    'data-error',
    `the data has ${actual} bytes, not ${expected}: send all of it, or correct the size`,
    { expected, actual },
  );

/** Stores checked data, with the index of its paths, where no element points to it yet, and answers the blob's key. */
export const stageData = async (
  { elements, blobs, newId, now }: ElementDependencies,
  bytes: Uint8Array,
  paths: Uint8Array | undefined,
): Promise<string> => {
  const blob = newId();
  await elements.stage(blob, new Date(now() + STAGING_MS).toISOString());
  await Promise.all([blobs.put(blob, bytes), paths && blobs.putPaths(blob, paths)]);
  return blob;
};

/** Where an element's data can be had. */
export interface DataLocation {
  readonly url: string;
  readonly checksum: Checksum;
}

/** Where the data is. Throws `not-found` where there is none, `invalid-state` where it is still awaited. */
export const locateData = async (
  deps: ElementDependencies,
  principal: Principal,
  id: ElementId,
  method: 'GET' | 'HEAD',
): Promise<DataLocation> => {
  const record = await readElement(deps, principal, id);
  const { state, checksum } = record.attributes;
  if (state !== 'ready') {
    throw new TaskportError('invalid-state', notReady(id, state), { state });
  }
  if (record.blob === undefined || checksum === undefined) {
    throw new TaskportError(
      'not-found',
      `${formatId(id)} was created without data: read its parent, or create another element with data`,
      { id: formatId(id) },
    );
  }
  return { url: await deps.blobs.url(record.blob, method), checksum };
};
