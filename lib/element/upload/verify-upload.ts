import { createHash } from 'node:crypto';
import { type ProblemCode, TaskportError } from '../../errors.ts';
import { rulesOf } from '../../kind/index.ts';
import { isArchive, type KindRules } from '../../kind/kind-rules.ts';
import { ArchiveMeter } from '../archive/archive.ts';
import { ByteSource } from '../archive/byte-source.ts';
import type { BlobStore } from '../blob-store.ts';
import { algorithmOf, type Checksum } from '../checksum.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import { type Inspection, STAGING_MS, wrongSize } from '../element-data.ts';
import { parseId } from '../id.ts';
import { toLayer } from '../layer.ts';
import { LEASE_MS } from './request-verification.ts';
import { acceptData, isUploading, refuseUpload, type Settlement, type Uploading } from './settle-upload.ts';
import type { Upload } from './upload.ts';

/** What verification stands on. */
type VerificationDependencies = Pick<
  ElementDependencies,
  'elements' | 'blobs' | 'known' | 'now' | 'newId' | 'saves'
>;

/** The principal of what verification does. */
const VERIFIER = 'taskport:verifier';
/** Bytes that are read at a time: of the pieces in which they come, handing them on is much of the work. */
const CHUNK = 256 * 1024;
/** How often the end of an attempt is tried anew when another change came between. */
const MAX_TRIES = 8;

/** Reads all of the bytes once: their checksum, what the archive unpacks to, and the index of its paths. Throws what is wrong with them. */
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
  // Bytes that are not what was announced explain everything else that may be wrong with them.
  const checksum: Checksum = `${algorithm}:${hash.digest('hex')}`;
  if (checksum !== expected) {
    throw new TaskportError(
      'checksum-mismatch',
      `the data has the checksum ${checksum}, not ${expected}: send the data anew, or correct the checksum`,
      {
        expected,
        actual: checksum,
      },
    );
  }
  if (!meter) return { data: { checksum, size: seen } };
  const { unpackedSize, paths, ...packing } = await meter.end();
  const digest: Checksum = other ? `sha256:${other.digest('hex')}` : checksum;
  const layer = isLayer ? toLayer(digest, seen, packing) : undefined;
  return { data: { checksum, size: seen, unpackedSize }, paths, layer };
};

/** A key under which the bytes cannot change any more: where old URLs could write, that of a copy. */
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

/** The attempt to read data that is the present one of an element: of what was uploaded, or of what it has. */
const attemptOf = ({ upload, reading }: ElementRecord): string | undefined =>
  upload?.verification?.attempt ?? reading?.attempt;

/** The element, while the attempt is the present one. */
const verifying = async (
  { elements }: Pick<ElementDependencies, 'elements'>,
  id: string,
  attempt: string,
): Promise<ElementRecord | undefined> => {
  const record = await elements.get(id);
  return record && attemptOf(record) === attempt ? record : undefined;
};

/** Whether an element is no more as it was read. */
const isChanged = (error: unknown): boolean =>
  error instanceof TaskportError && (error.code === 'revision-mismatch' || error.code === 'not-found');

/** Whether an error says something of the data, rather than of a store that does not answer. */
const isVerdict = (error: unknown): error is TaskportError =>
  error instanceof TaskportError && error.code !== 'unavailable' && !isChanged(error);

/** Brings an attempt to its end, whatever else is changed beside it: what was read need not be read again. */
const conclude = async (
  deps: Pick<ElementDependencies, 'elements'>,
  id: string,
  attempt: string,
  end: (present: ElementRecord) => Promise<unknown>,
): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    const present = await verifying(deps, id, attempt);
    if (!present) return;
    try {
      await end(present);
      return;
    } catch (error) {
      if (!isChanged(error) || tries === MAX_TRIES) throw error;
    }
  }
};

/** What came of an attempt: the data was accepted, refused by this code, or the attempt is not the present one. */
export type Verdict = 'accepted' | 'overtaken' | ProblemCode;

/**
 * Verifies what was uploaded for an element, and makes it `ready` or `failed`. An attempt that is not the
 * present one does nothing; one that is repeated, or runs beside itself, comes to the same end once.
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

/** How an attempt comes to its end: `accept` reads the data, and throws what is wrong with it. */
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

/** Loaded when an image of before is read: most data is read once. */
const readAnew = async (
  deps: VerificationDependencies,
  { blob = '', attributes }: ElementRecord,
  settlement: Settlement,
): Promise<Attempt> => {
  const { acceptReading, refuseReading } = await import('../registry/making.ts');
  return {
    async accept() {
      const { size = 0, checksum = 'sha256:' } = attributes;
      const inspection = await inspect(deps.blobs, blob, { size, checksum }, rulesOf(settlement.location));
      return (present) => acceptReading(deps, present, inspection, settlement);
    },
    refuse: (problem) => (present) => refuseReading(deps, present, problem, settlement),
  };
};
