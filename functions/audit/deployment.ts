import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';
import type { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { LOG_ROOT } from '../../lib/adapters/dynamodb/keys.ts';
import { LogLayout } from '../../lib/adapters/dynamodb/log/log-layout.ts';

/** Never another, so that CloudFormation replaces nothing. */
const RESOURCE_ID = 'log-shards';

/** Answers CloudFormation, which asks in each deployment that says how many shards the log is to have, whether it can have them. */
export const createAnswer =
  (log: Table) =>
  async (request: CloudFormationCustomResourceEvent): Promise<{ readonly refusal: string | undefined }> => {
    const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties } = request;
    const layout = new LogLayout(log, LOG_ROOT, Number(ResourceProperties.logShards));
    const refusal = RequestType === 'Delete' ? undefined : await layout.refusal();
    const shared = { PhysicalResourceId: RESOURCE_ID, StackId, RequestId, LogicalResourceId };
    const answer: CloudFormationCustomResourceResponse =
      refusal === undefined
        ? { ...shared, Status: 'SUCCESS' }
        : { ...shared, Status: 'FAILED', Reason: refusal };
    // As bytes, since the signed URL allows no type of content.
    const { ok, status } = await fetch(ResponseURL, {
      method: 'PUT',
      body: Buffer.from(JSON.stringify(answer)),
    });
    if (!ok) throw new Error(`CloudFormation took no answer: ${status}`);
    return { refusal };
  };
