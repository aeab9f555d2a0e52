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

/** Milliseconds after which an attempt to verify is taken for lost; longer than a function may run. */
export const LEASE_MS = 16 * 60_000;
/** How often verification is tried before the data is refused. */
const MAX_VERIFICATIONS = 5;

/** Asks for what was uploaded to be read; the change itself is what the verifier hears of. */
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

/** Whether an element stays when the time of its upload is over: it has data already, or its data is there and not yet verified. */
export const outlivesUpload = (record: ElementRecord): record is Uploading =>
  isUploading(record) && (record.upload.verification !== undefined || isReplacement(record));

/** Sees to an upload whose time is over: what an attempt has not verified is tried again, some times; the rest goes. */
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
