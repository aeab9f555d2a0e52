import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda';
import type { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { LOG_ROOT } from '../../lib/adapters/dynamodb/keys.ts';
import { LogLayout } from '../../lib/adapters/dynamodb/log/log-layout.ts';

/** A constant ID, so that CloudFormation never replaces the resource. */
const RESOURCE_ID = 'log-shards';

/**
 * Answers CloudFormation whether the log can have the wanted number of shards. CloudFormation asks in each
 * deployment that states a number.
 */
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
    // Sent as bytes, since the signed URL permits no content type.
    const { ok, status } = await fetch(ResponseURL, {
      method: 'PUT',
      body: Buffer.from(JSON.stringify(answer)),
    });
    if (!ok) throw new Error(`CloudFormation took no answer: ${status}`);
    return { refusal };
  };
