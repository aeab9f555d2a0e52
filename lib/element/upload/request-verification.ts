import { defined } from '../../defined.ts';
import { TaskportError } from '../../errors.ts';
import type { ElementDependencies } from '../dependencies.ts';
import { type ElementRecord, nextRevision } from '../element.ts';
import {
  isReplacement,
  isUploading,
  refuseUpload,
  type Settlement,
  type Uploading,
} from './settle-upload.ts';

/** Milliseconds after which an attempt to verify counts as lost; longer than a function may run. */
export const LEASE_MS = 16 * 60_000;
/** The number of attempts to verify before the data is refused. */
const MAX_VERIFICATIONS = 5;

/** Requests that a verifier reads the uploaded data; the change of the row becomes the event that calls it. */
export const requestVerification = async (
  deps: Pick<ElementDependencies, 'elements' | 'now' | 'newId'>,
  former: Uploading,
  { location, caller, attachment, idempotency }: Settlement,
): Promise<ElementRecord> => {
  const count = (former.upload.verification?.count ?? 0) + 1;
  const now = deps.now();
  const record: ElementRecord = {
    ...former,
    attributes: {
      ...nextRevision(former.attributes, new Date(now).toISOString(), caller),
      state: isReplacement(former) ? 'ready' : 'verifying',
    },
    upload: { ...former.upload, verification: { attempt: deps.newId(), count } },
    dueAt: new Date(now + LEASE_MS).toISOString(),
  };
  await deps.elements.replace(defined({ record, former, location, caller, attachment, idempotency }));
  return record;
};

/**
 * Whether an element stays after the deadline of its upload: it has data already, or its uploaded data awaits
 * verification.
 */
export const outlivesUpload = (record: ElementRecord): record is Uploading =>
  isUploading(record) && (record.upload.verification !== undefined || isReplacement(record));

/**
 * Handles an upload after its deadline: it requests verification again, some times, if an attempt was lost, and
 * otherwise gives the upload up.
 */
export const expireUpload = async (
  deps: Pick<ElementDependencies, 'elements' | 'now' | 'newId' | 'saves'>,
  former: Uploading,
  settlement: Settlement,
): Promise<void> => {
  const { verification } = former.upload;
  if (verification && verification.count < MAX_VERIFICATIONS) {
    await requestVerification(deps, former, settlement);
    return;
  }
  const detail = verification
    ? `the data could not be read in ${MAX_VERIFICATIONS} attempts: send it anew`
    : 'the data did not come in time: send it anew';
  await refuseUpload(deps, former, new TaskportError('data-error', detail), settlement);
};
