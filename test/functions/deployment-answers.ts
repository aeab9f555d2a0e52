import { text } from 'node:stream/consumers';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { startAnswering } from '../answering.ts';

const AUDIT = 'arn:aws:lambda:eu-central-1:123456789012:function:audit';

/** A request of CloudFormation for a number of shards. */
export const aRequest = (
  RequestType: CloudFormationCustomResourceEvent['RequestType'],
  logShards: number,
  ResponseURL: string,
): CloudFormationCustomResourceEvent => ({
  RequestType,
  ResponseURL,
  PhysicalResourceId: 'log-shards',
  OldResourceProperties: { ServiceToken: AUDIT },
  StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/Taskport/1',
  RequestId: `${RequestType}-${logShards}`,
  LogicalResourceId: 'TaskportLogShards',
  ResourceType: 'Custom::TaskportLogShards',
  ServiceToken: AUDIT,
  // CloudFormation turns numbers into text.
  ResourceProperties: { ServiceToken: AUDIT, logShards: String(logShards) },
});

/** Receives an answer to CloudFormation, like S3 at the signed URL. */
export const takeAnswer = async (ask: (ResponseURL: string) => Promise<unknown>): Promise<unknown> => {
  const answers: unknown[] = [];
  const { url, stop } = await startAnswering(async (request, response) => {
    const { method, headers } = request;
    // The URL is signed for a PUT without a media type.
    const isSigned = method === 'PUT' && !headers['content-type'] && headers['content-length'] !== undefined;
    answers.push(JSON.parse(await text(request)));
    response.writeHead(isSigned ? 200 : 403).end();
  });
  try {
    await ask(`${url}/answer?Signature=x`);
    return answers;
  } finally {
    stop();
  }
};
