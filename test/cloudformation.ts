/** A server that answers DescribeStacks by CloudFormation's API reference. */
import { text } from 'node:stream/consumers';
import { startAnswering } from './answering.ts';

export interface CloudFormation {
  readonly url: string;
  /** The existing stacks, set by each test. */
  readonly stacks: Map<string, { readonly status: string; readonly outputs: Record<string, string> }>;
  readonly asked: readonly { readonly authorization: string; readonly body: string }[];
  /** From now on answers every request with the refusal; without one, like the API again. */
  answerAs(refusal?: { readonly status: number; readonly code: string; readonly message: string }): void;
  stop(): void;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export const startCloudFormation = async (): Promise<CloudFormation> => {
  const stacks: CloudFormation['stacks'] = new Map();
  const asked: { authorization: string; body: string }[] = [];
  let refusal: Parameters<CloudFormation['answerAs']>[0];
  const { url, stop } = await startAnswering(async (request, response) => {
    const body = await text(request);
    asked.push({ authorization: request.headers.authorization ?? '', body });
    response.setHeader('content-type', 'text/xml');
    const name = new URLSearchParams(body).get('StackName') ?? '';
    const stack = stacks.get(name);
    if (refusal || !stack) {
      const { status, code, message } = refusal ?? {
        status: 400,
        code: 'ValidationError',
        message: `Stack with id ${name} does not exist`,
      };
      response.statusCode = status;
      response.end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
      return;
    }
    const members = Object.entries(stack.outputs).map(
      ([key, value]) =>
        `<member><Description>x</Description><OutputKey>${key}</OutputKey><OutputValue>${escaped(value)}</OutputValue></member>`,
    );
    response.end(
      `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>${stack.status}</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
  });
  return {
    url,
    stacks,
    asked,
    answerAs: (given) => {
      refusal = given;
    },
    stop,
  };
};
