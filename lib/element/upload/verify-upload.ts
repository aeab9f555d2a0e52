import { createHash } from 'node:crypto';
import { retried } from '../../contention.ts';
import { isProblem, type ProblemCode, TaskportError } from '../../errors.ts';
import { rulesOf } from '../../kind/index.ts';
import { isArchive, type KindRules } from '../../kind/kind-rules.ts';
import { ArchiveMeter } from '../archive/archive.ts';
import { ByteSource } from '../archive/byte-source.ts';
import type { BlobStore } from '../blob-store.ts';
import { algorithmOf, assertChecksum, type Checksum } from '../checksum.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import { type Inspection, STAGING_MS, wrongSize } from '../element-data.ts';
import { parseId } from '../id.ts';
import { toLayer } from '../layer.ts';
import { LEASE_MS } from './request-verification.ts';
import { acceptData, isUploading, refuseUpload, type Settlement, type Uploading } from './settle-upload.ts';
import type { Upload } from './upload.ts';

/** The dependencies of verification. */
type VerificationDependencies = Pick<
  ElementDependencies,
  'elements' | 'blobs' | 'known' | 'now' | 'newId' | 'saves'
>;

/** The principal of verification. */
const VERIFIER = 'taskport:verifier';
/**
 * Bytes that are read at a time: with the smaller pieces in which they arrive, most of the work is to pass
 * pieces on.
 */
const CHUNK = 2 ** 20;
/** The number of tries to end an attempt while other changes come between. */
const MAX_TRIES = 8;

/**
 * Reads all of the bytes once, for their checksum, the unpacked size of the archive, and the index of its paths.
 * Throws the problem of the data.
 */
const inspect = async (
  blobs: BlobStore,
  key: string,
  { size, checksum: expected }: Pick<Upload, 'size' | 'checksum'>,
  rules: KindRules,
): Promise<Inspection> => {
  const stored = await blobs.stat(key);
  if (stored?.size !== size) {
    throw wrongSize(size, stored?.size ?? 0);
  }
  const algorithm = algorithmOf(expected);
  const hash = createHash(algorithm);
  const isLayer = rules.data === 'layer';
  const other = isLayer && algorithm !== 'sha256' ? createHash('sha256') : undefined;
  const meter = isArchive(rules) ? new ArchiveMeter({ isLayer }) : undefined;
  const source = new ByteSource(await blobs.read(key));
  let seen = 0;
  for (;;) {
    const chunk = await source.take(CHUNK);
    if (chunk.length === 0) break;
    seen += chunk.length;
    hash.update(chunk);
    other?.update(chunk);
    await meter?.write(chunk);
  }
  if (seen !== size)
    throw new TaskportError('unavailable', `the store broke off after ${seen} of ${size} bytes: try again`);
  // Wrong bytes explain all other problems, so the checksum comes first.
  const checksum: Checksum = `${algorithm}:${hash.digest('hex')}`;
  assertChecksum(checksum, expected);
  if (!meter) return { data: { checksum, size: seen } };
  const { unpackedSize, paths, ...packing } = await meter.end();
  const digest: Checksum = other ? `sha256:${other.digest('hex')}` : checksum;
  const layer = isLayer ? toLayer(digest, seen, packing) : undefined;
  return { data: { checksum, size: seen, unpackedSize }, paths, layer };
};

/** A key under which the bytes cannot change any more; if old URLs could write, that of a copy. */
const settleBytes = async (
  { blobs, elements, newId, now }: VerificationDependencies,
  { key }: Upload,
): Promise<{ key: string; staged: boolean }> => {
  if (blobs.enforces) return { key, staged: false };
  const copy = newId();
  await elements.stage(copy, new Date(now() + LEASE_MS + STAGING_MS).toISOString());
  await blobs.copy(key, copy);
  return { key: copy, staged: true };
};

/** The present attempt to read an element's data: uploaded data, or data that it has already. */
const attemptOf = ({ upload, reading }: ElementRecord): string | undefined =>
  upload?.verification?.attempt ?? reading?.attempt;

/** The element, if the attempt is still the present one. */
const verifying = async (
  { elements }: Pick<ElementDependencies, 'elements'>,
  id: string,
  attempt: string,
): Promise<ElementRecord | undefined> => {
  const record = await elements.get(id);
  return record && attemptOf(record) === attempt ? record : undefined;
};

/** Whether an element has changed since it was read. */
const isChanged = (error: unknown): boolean => isProblem(error, 'revision-mismatch', 'not-found');

/** Whether an error concerns the data, and not a store that does not answer. */
const isVerdict = (error: unknown): error is TaskportError =>
  error instanceof TaskportError && error.code !== 'unavailable' && !isChanged(error);

/** Ends an attempt, even if the element has other changes meanwhile, so that the data need not be read again. */
const conclude = (
  deps: Pick<ElementDependencies, 'elements'>,
  id: string,
  attempt: string,
  end: (present: ElementRecord) => Promise<unknown>,
): Promise<void> => {
  const tryToEnd = async (): Promise<void> => {
    const present = await verifying(deps, id, attempt);
    if (present) await end(present);
  };
  return retried(tryToEnd, isChanged, MAX_TRIES);
};

/**
 * The result of an attempt: the data was accepted, it was refused with this code, or another attempt has
 * replaced this one.
 */
export type Verdict = 'accepted' | 'overtaken' | ProblemCode;

/**
 * Verifies the uploaded data of an element, and makes it `ready` or `failed`. An attempt that is not the present
 * one does nothing. A repeated or parallel attempt has the same single result.
 */
export const verifyUpload = async (
  deps: VerificationDependencies,
  id: string,
  attempt: string,
): Promise<Verdict> => {
  const found = await verifying(deps, id, attempt);
  if (!found) return 'overtaken';
  const location = await deps.known.get(parseId(id, 'id').location);
  const settlement = { location, caller: { principal: VERIFIER, requestId: deps.newId() } };
  const { accept, refuse } = isUploading(found)
    ? verifyUploaded(deps, found, settlement)
    : await readAnew(deps, found, settlement);
  try {
    await conclude(deps, id, attempt, await accept());
    return 'accepted';
  } catch (error) {
    if (!isVerdict(error)) throw error;
    await conclude(deps, id, attempt, refuse(error));
    return error.code;
  }
};

/** One attempt: `accept` reads the data, and throws its problem. */
interface Attempt {
  readonly accept: () => Promise<(present: ElementRecord) => Promise<unknown>>;
  readonly refuse: (problem: TaskportError) => (present: ElementRecord) => Promise<unknown>;
}

const verifyUploaded = (
  deps: VerificationDependencies,
  { upload }: Uploading,
  settlement: Settlement,
): Attempt => ({
  async accept() {
    const blob = await settleBytes(deps, upload);
    const inspection = await inspect(deps.blobs, blob.key, upload, rulesOf(settlement.location));
    if (inspection.paths) await deps.blobs.putPaths(blob.key, inspection.paths);
    return (present) => acceptData(deps, present, inspection, blob, settlement);
  },
  refuse: (problem) => (present) => refuseUpload(deps, present as Uploading, problem, settlement),
});

/** Loaded by the first image of an earlier version; most data is read only once. */
const readAnew = async (
  deps: VerificationDependencies,
  { blob = '', attributes }: ElementRecord,
  settlement: Settlement,
): Promise<Attempt> => {
  const { acceptReading, refuseReading } = await import('./kept-data.ts');
  return {
    async accept() {
      const { size = 0, checksum = 'sha256:' } = attributes;
      const inspection = await inspect(deps.blobs, blob, { size, checksum }, rulesOf(settlement.location));
      return (present) => acceptReading(deps, present, inspection, settlement);
    },
    refuse: (problem) => (present) => refuseReading(deps, present, problem, settlement),
  };
};
