import { TaskportError } from '../errors.ts';
import { isArchive, type KindRules } from '../kind/kind-rules.ts';
import type { Principal } from '../principal.ts';
import { algorithmOf, type Checksum, computeChecksum, verifyChecksum } from './checksum.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type ElementId, formatId } from './id.ts';
import { type Layer, toLayer } from './layer.ts';
import { assertReady } from './located.ts';
import { readElement } from './read-element.ts';

/** The facts about verified data. */
interface CheckedData {
  readonly checksum: Checksum;
  readonly size: number;
  /** Bytes that the archive unpacks to; absent if the data is no archive. */
  readonly unpackedSize?: number;
}

/** Verified data, and what is stored with it. */
export interface Inspection {
  readonly data: CheckedData;
  /** The index of an archive's paths, if the store keeps one. */
  readonly paths?: Uint8Array | undefined;
  /** The layer of an image, if the data is one. */
  readonly layer?: Layer | undefined;
}

/** Milliseconds after which bytes that no element owns are removed. */
export const STAGING_MS = 15 * 60_000;

/**
 * Verifies data against its checksum and, if the kind requires an archive, as an archive. Throws
 * `checksum-mismatch`, `unsupported-data-format`, `data-error`, `payload-too-large`.
 */
export const checkData = async (
  bytes: Uint8Array,
  rules: KindRules,
  expected?: Checksum,
): Promise<Inspection> => {
  const data = { checksum: verifyChecksum(bytes, expected), size: bytes.length };
  if (!isArchive(rules)) return { data };
  // Loaded by the first archive: most calls have none, and every cold start would pay for it.
  const { measureArchive } = await import('./archive/archive.ts');
  const isLayer = rules.data === 'layer';
  const { unpackedSize, paths, ...packing } = await measureArchive(bytes, { isLayer, withinCall: true });
  const layer = isLayer ? toLayer(digestOf(bytes, data.checksum), bytes.length, packing) : undefined;
  return { data: { ...data, unpackedSize }, paths, layer };
};

/** The SHA-256 of bytes whose checksum is known. */
const digestOf = (bytes: Uint8Array, checksum: Checksum): Checksum =>
  algorithmOf(checksum) === 'sha256' ? checksum : computeChecksum('sha256', bytes);

/** The data has another size than the request states. */
export const wrongSize = (expected: number, actual: number): TaskportError =>
  new TaskportError(
    'data-error',
    `the data has ${actual} bytes, not ${expected}: send all of it, or correct the size`,
    { expected, actual },
  );

/** Stores verified data and the index of its paths, before an element owns them, and answers the blob's key. */
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

/** A URL of an element's data. */
export interface DataLocation {
  readonly url: string;
  readonly checksum: Checksum;
}

/** The place of the data. Throws `not-found` if the element has none, `invalid-state` if it has not arrived yet. */
export const locateData = async (
  deps: ElementDependencies,
  principal: Principal,
  id: ElementId,
  method: 'GET' | 'HEAD',
): Promise<DataLocation> => {
  const record = assertReady(await readElement(deps, principal, id), id);
  const { checksum } = record.attributes;
  if (record.blob === undefined || checksum === undefined) {
    throw new TaskportError(
      'not-found',
      `${formatId(id)} was created without data: read its parent, or create another element with data`,
      { id: formatId(id) },
    );
  }
  return { url: await deps.blobs.url(record.blob, method), checksum };
};
