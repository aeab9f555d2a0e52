import { text } from 'node:stream/consumers';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { startAnswering } from '../answering.ts';

const AUDIT = 'arn:aws:lambda:eu-central-1:123456789012:function:audit';

/** A request of CloudFormation for the number of shards. */
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
  // CloudFormation makes text of numbers.
  ResourceProperties: { ServiceToken: AUDIT, logShards: String(logShards) },
});

/** Takes an answer to CloudFormation, as S3 does where its signed URL leads. */
export const takeAnswer = async (ask: (ResponseURL: string) => Promise<unknown>): Promise<unknown> => {
  const answers: unknown[] = [];
  const { url, stop } = await startAnswering(async (request, response) => {
    const { method, headers } = request;
    // The URL is signed for a PUT that names no type.
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
