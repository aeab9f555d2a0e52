/** What the services answer where something is wrong with them: status, type and reasons as theirs are. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ProxiedRequest, ServiceError } from './fault.ts';

const isTransaction = ({ operation }: ProxiedRequest): boolean => operation.startsWith('Transact');

const ONGOING = 'Transaction is ongoing for the item';
const EXCEEDED = 'Throughput exceeds the current capacity of your table or index.';

/** A transaction that was cancelled for one of its items: each has its reason, and that of the others is none. */
const canceled = ({ body }: ProxiedRequest, Code: string, Message: string, dice: number): ServiceError => {
  const { TransactItems = [] } = body as { TransactItems?: readonly unknown[] };
  const culprit = Math.floor(dice * TransactItems.length);
  const CancellationReasons = TransactItems.map((_, at) =>
    at === culprit ? { Code, Message } : { Code: 'None' },
  );
  const codes = CancellationReasons.map((reason) => reason.Code).join(', ');
  return {
    code: 'TransactionCanceledException',
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    members: { CancellationReasons },
  };
};

/** Another transaction is at one of the items; `dice` from 0 to 1 says at which. The engines never answer so. */
export const conflicting = (request: ProxiedRequest, dice = 0): ServiceError =>
  isTransaction(request)
    ? canceled(request, 'TransactionConflict', ONGOING, dice)
    : { code: 'TransactionConflictException', message: ONGOING };

/** Too much was asked of the service at once. */
export const throttled = (request: ProxiedRequest, dice = 0): ServiceError => {
  const { operation } = request;
  if (operation === '') return { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' };
  if (operation === 'PutEvents') return { code: 'ThrottlingException', message: 'Rate exceeded' };
  if (isTransaction(request)) return canceled(request, 'ThrottlingError', EXCEEDED, dice);
  const code = dice < 0.5 ? 'ThrottlingException' : 'ProvisionedThroughputExceededException';
  return { code, message: EXCEEDED };
};

/** The service has failed inside, or is not there. */
export const failing = ({ operation }: ProxiedRequest, dice = 0): ServiceError => {
  const isThere = dice < 0.5;
  const status = isThere ? 500 : 503;
  const message = isThere ? 'Internal server error' : 'Service is unavailable';
  if (operation === '') return { code: isThere ? 'InternalError' : 'ServiceUnavailable', status, message };
  if (operation === 'PutEvents') return { code: 'InternalException', status: 500, message };
  return { code: isThere ? 'InternalServerError' : 'ServiceUnavailable', status, message };
};

/** The entry of an answer to PutEvents that was not taken. */
export const failedEntry = {
  ErrorCode: 'InternalFailure',
  ErrorMessage: 'Service failed to process the entry.',
};

/** Whose words a request is answered in: `1.0` is DynamoDB's version of JSON, `1.1` EventBridge's. */
const wordsOf = ({ operation }: ProxiedRequest) =>
  operation === 'PutEvents'
    ? { version: '1.1', namespace: '' }
    : { version: '1.0', namespace: 'com.amazonaws.dynamodb.v20120810#' };

export const sendJson = (outgoing: ServerResponse, request: ProxiedRequest, status: number, body: object) => {
  outgoing.writeHead(status, {
    'content-type': `application/x-amz-json-${wordsOf(request).version}`,
    'x-amzn-requestid': randomUUID(),
  });
  outgoing.end(JSON.stringify(body));
};

/** Answers an error as the service would. */
export const sendError = (outgoing: ServerResponse, request: ProxiedRequest, error: ServiceError): void => {
  const { code, status = 400, message = code, members } = error;
  if (request.operation === '') {
    outgoing.writeHead(status, { 'content-type': 'application/xml' });
    outgoing.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
    return;
  }
  const __type = `${wordsOf(request).namespace}${code}`;
  // DynamoDB writes it large where there are reasons, and small elsewhere.
  const text = members ? { Message: message, ...members } : { message };
  sendJson(outgoing, request, status, { __type, ...text });
};
