import type { EventBridgeEvent } from 'aws-lambda';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { verifyUpload } from '../../lib/element/verify-upload.ts';
import { requestedBy } from '../../lib/event/verification-request.ts';
import { createDependencies } from '../dependencies.ts';
import { accountFor } from '../invocation.ts';

const deps = createDependencies(readEnvironment('table', 'log', 'bucket', 'store'));

/** Reads what was uploaded for one element, and settles what becomes of it. */
const verify = async ({ detail }: EventBridgeEvent<string, unknown>) => {
  const { id, attempt } = requestedBy(detail);
  return { element: id, verdict: await verifyUpload(deps, id, attempt) };
};

export const handler = accountFor('verify', verify, (_, fields) => ({
  fields,
  metrics: [{ by: 'verdict', values: { Verified: 1 } }],
}));
