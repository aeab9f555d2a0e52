/** Errors in the form of the services: status, type and reasons. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ProxiedRequest, ServiceError } from './fault.ts';

const isTransaction = ({ operation }: ProxiedRequest): boolean => operation.startsWith('Transact');

const ONGOING = 'Transaction is ongoing for the item';
const EXCEEDED = 'Throughput exceeds the current capacity of your table or index.';

/** A transaction that was cancelled for one of its items: each has a reason, and the others have `None`. */
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

/** A conflict with another transaction on one of the items; `dice` from 0 to 1 selects it. The engines never answer this. */
export const conflicting = (request: ProxiedRequest, dice = 0): ServiceError =>
  isTransaction(request)
    ? canceled(request, 'TransactionConflict', ONGOING, dice)
    : { code: 'TransactionConflictException', message: ONGOING };

/** The request was throttled. */
export const throttled = (request: ProxiedRequest, dice = 0): ServiceError => {
  const { operation } = request;
  if (operation === '') return { code: 'SlowDown', status: 503, message: 'Please reduce your request rate.' };
  if (operation === 'PutEvents') return { code: 'ThrottlingException', message: 'Rate exceeded' };
  if (isTransaction(request)) return canceled(request, 'ThrottlingError', EXCEEDED, dice);
  const code = dice < 0.5 ? 'ThrottlingException' : 'ProvisionedThroughputExceededException';
  return { code, message: EXCEEDED };
};

/** The service has an internal error, or is unavailable. */
export const failing = ({ operation }: ProxiedRequest, dice = 0): ServiceError => {
  const isThere = dice < 0.5;
  const status = isThere ? 500 : 503;
  const message = isThere ? 'Internal server error' : 'Service is unavailable';
  if (operation === '') return { code: isThere ? 'InternalError' : 'ServiceUnavailable', status, message };
  if (operation === 'PutEvents') return { code: 'InternalException', status: 500, message };
  return { code: isThere ? 'InternalServerError' : 'ServiceUnavailable', status, message };
};

/** The entry of a failed event in an answer to PutEvents. */
export const failedEntry = {
  ErrorCode: 'InternalFailure',
  ErrorMessage: 'Service failed to process the entry.',
};

/** The JSON dialect of a request: `1.0` is DynamoDB's, `1.1` EventBridge's. */
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

/** Sends an error like the service. */
export const sendError = (outgoing: ServerResponse, request: ProxiedRequest, error: ServiceError): void => {
  const { code, status = 400, message = code, members } = error;
  if (request.operation === '') {
    outgoing.writeHead(status, { 'content-type': 'application/xml' });
    outgoing.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
    return;
  }
  const __type = `${wordsOf(request).namespace}${code}`;
  // DynamoDB capitalises the member with reasons, and not elsewhere.
  const text = members ? { Message: message, ...members } : { message };
  sendJson(outgoing, request, status, { __type, ...text });
};
