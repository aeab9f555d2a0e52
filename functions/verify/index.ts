import type { EventBridgeEvent } from 'aws-lambda';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { verifyUpload } from '../../lib/element/verify-upload.ts';
import { verificationRequestDetail } from '../../lib/event/verification-request.ts';
import { validate } from '../../lib/validation.ts';
import { createDependencies } from '../dependencies.ts';

const deps = createDependencies(readEnvironment('table', 'log', 'bucket', 'store'));

/** Reads what was uploaded for one element, and settles what becomes of it. */
export const handler = async ({ detail }: EventBridgeEvent<string, unknown>): Promise<void> => {
  const { id, attempt } = validate(verificationRequestDetail, detail, 'detail');
  await verifyUpload(deps, id, attempt);
};
