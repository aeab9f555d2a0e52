import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import type { Engines } from '../../infra/local/engines/engines.ts';
import { createTable } from '../../infra/local/engines/table.ts';
import { conflicting } from '../faults/errors.ts';
import { type FaultProxy, operation, startFaultProxy } from '../faults/proxy.ts';
import { seededScript } from '../faults/script.ts';
import { startEngines } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import { BUCKET, dynamodb, get, put, s3, TABLE } from './engine-setting.ts';

let engines: Engines;
let proxy: FaultProxy;
let s3Proxy: FaultProxy;

beforeAll(async () => {
  engines = await startEngines({ bucket: BUCKET });
  await createTable(clientConfig(engines.dynamodbUrl), TABLE);
  proxy = await startFaultProxy(engines.dynamodbUrl);
  s3Proxy = await startFaultProxy(engines.s3Url);
});
afterAll(async () => {
  await proxy.stop();
  await s3Proxy.stop();
  await engines.stop();
});
beforeEach(() => {
  proxy.clear();
  s3Proxy.clear();
});

/** A client that fails at the first fault, without a retry. */
function onceOnly(): DynamoDBClient {
  const client = new DynamoDBClient({ ...clientConfig(proxy.url), maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

test('without a fault everything passes, and is recorded', async () => {
  await put(onceOnly(), 'plain');
  expect(await get(onceOnly(), 'plain')).toBe('v');
  expect(proxy.requests.map((request) => request.operation)).toEqual(['PutItem', 'GetItem']);
  expect(proxy.requests[0]?.body).toMatchObject({ TableName: TABLE });
});

test('a swallowed answer: the call fails, but the write is made', async () => {
  proxy.swallow(operation('PutItem'));
  await expect(put(onceOnly(), 'swallowed')).rejects.toThrow();
  expect(await get(onceOnly(), 'swallowed')).toBe('v');
});

test('a swallowed answer: the SDK’s repeat of a conditional write fails because of the first write', async () => {
  proxy.swallow(operation('PutItem'));
  const command = new PutItemCommand({
    TableName: TABLE,
    Item: { pk: { S: 'conditional' }, sk: { S: 'thing' }, value: { S: 'v' } },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  await expect(dynamodb(proxy.url).send(command)).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
  });
  expect(await get(onceOnly(), 'conditional')).toBe('v');
});

test('a refused request: the call fails, and nothing is written', async () => {
  proxy.refuse(operation('PutItem'));
  await expect(put(onceOnly(), 'refused')).rejects.toThrow();
  expect(await get(onceOnly(), 'refused')).toBeUndefined();
});

test('only matching requests are hit: by number, and by content', async () => {
  const first = (request: { body: unknown }) => JSON.stringify(request.body).includes('counted-1');
  proxy.refuse(operation('PutItem'), { nth: 3 });
  proxy.refuse(first, { times: Number.POSITIVE_INFINITY });
  await expect(put(onceOnly(), 'counted-1')).rejects.toThrow();
  await put(onceOnly(), 'counted-2');
  await expect(put(onceOnly(), 'counted-3')).rejects.toThrow();
  await put(onceOnly(), 'counted-4');
  await expect(put(onceOnly(), 'counted-1')).rejects.toThrow();
});

test('an error has DynamoDB’s form: the SDK throws its own type, with reasons', async () => {
  const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }];
  proxy.answer(operation('TransactWriteItems'), {
    code: 'TransactionCanceledException',
    members: { CancellationReasons },
  });
  const Put = { TableName: TABLE, Item: { pk: { S: 'transaction' }, sk: { S: 'thing' }, value: { S: 'v' } } };
  const command = new TransactWriteItemsCommand({ TransactItems: [{ Put }] });
  const failure = await dynamodb(proxy.url)
    .send(command)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TransactionCanceledException);
  expect(failure).toMatchObject({ CancellationReasons });
  expect(await get(onceOnly(), 'transaction')).toBeUndefined();
});

test.each([
  { code: 'ProvisionedThroughputExceededException', status: 400 },
  { code: 'InternalServerError', status: 500 },
])('the SDK retries after $code', async (error) => {
  proxy.answer(operation('PutItem'), error, { times: 2 });
  await put(dynamodb(proxy.url), error.code);
  expect(proxy.requests).toHaveLength(3);
});

test('a request can be held, and others overtake it', async () => {
  const gate = proxy.hold(operation('PutItem'));
  const held = put(onceOnly(), 'held', 'early');
  await gate.reached;
  await put(onceOnly(), 'held', 'late');
  expect(await get(onceOnly(), 'held')).toBe('late');
  gate.open();
  await held;
  expect(await get(onceOnly(), 'held')).toBe('early');
});

test('an answer can be held after the write', async () => {
  const gate = proxy.hold(operation('PutItem'), { at: 'answer' });
  let answered = false;
  const held = put(onceOnly(), 'held-answer').then(() => {
    answered = true;
  });
  await gate.reached;
  expect(await get(onceOnly(), 'held-answer')).toBe('v');
  expect(answered).toBe(false);
  gate.open();
  await held;
});

test('it works for S3 too: bodies pass, answers are swallowed, errors are made', async () => {
  const client = s3(s3Proxy.url);
  const body = Buffer.alloc(2_000_000, 'x');
  const upload = (key: string) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  s3Proxy.swallow(({ method, path }) => method === 'PUT' && path.includes('swallowed'));
  s3Proxy.answer(({ path }) => path.includes('slow'), { code: 'SlowDown', status: 503 });
  s3Proxy.answer(({ path }) => path.includes('denied'), { code: 'AccessDenied', status: 403 });
  await upload('swallowed');
  await upload('slow');
  await expect(upload('denied')).rejects.toMatchObject({ name: 'AccessDenied' });
  const count = (word: string) => s3Proxy.requests.filter(({ path }) => path.includes(word)).length;
  expect([count('swallowed'), count('slow'), count('denied')]).toEqual([2, 2, 1]);
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'swallowed' }));
  expect(body.equals((await Body?.transformToByteArray()) ?? new Uint8Array())).toBe(true);
});

test('a reset in the middle of the answer: the call fails, but the write is made', async () => {
  proxy.strike({ kind: 'reset' }, operation('PutItem'));
  await expect(put(onceOnly(), 'reset')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(await get(onceOnly(), 'reset')).toBe('v');
});

test('a late request: the call fails, and its write overwrites later ones', async () => {
  let arrive = () => {};
  const overtaken = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  proxy.strike({ kind: 'late', until: () => overtaken }, operation('PutItem'));
  await expect(put(onceOnly(), 'late', 'first')).rejects.toThrow();
  await put(onceOnly(), 'late', 'second');
  expect(await get(onceOnly(), 'late')).toBe('second');
  arrive();
  await proxy.settled();
  expect(await get(onceOnly(), 'late')).toBe('first');
});

test('a slow answer arrives at last, and others overtake it', async () => {
  let finish = () => {};
  const quick = new Promise<void>((resolve) => {
    finish = resolve;
  });
  proxy.strike({ kind: 'delay', until: () => quick }, operation('PutItem'));
  let answered = false;
  const slow = put(onceOnly(), 'slow').then(() => {
    answered = true;
  });
  await vi.waitFor(async () => expect(await get(onceOnly(), 'slow')).toBe('v'), PATIENCE);
  await put(onceOnly(), 'quick');
  expect(answered).toBe(false);
  finish();
  await slow;
});

test.each([
  ['not done', false, undefined],
  ['done all the same', true, 'v'],
])('a server error after a write that was %s', async (name, done, found) => {
  const error = { code: 'InternalServerError', status: 500 };
  proxy.strike({ kind: 'answer', error, done }, operation('PutItem'));
  await expect(put(onceOnly(), name)).rejects.toMatchObject({ name: 'InternalServerError' });
  expect(await get(onceOnly(), name)).toBe(found);
});

test('a conflict of transactions has DynamoDB’s form: a reason for each item, and its own type elsewhere', async () => {
  const Item = (pk: string) => ({ pk: { S: pk }, sk: { S: 'thing' } });
  const TransactItems = ['a', 'b', 'c'].map((pk) => ({ Put: { TableName: TABLE, Item: Item(pk) } }));
  proxy.follow({
    counts: {},
    decide: (request) => {
      const isWrite = ['TransactWriteItems', 'PutItem'].includes(request.operation);
      return isWrite ? { kind: 'answer', error: conflicting(request, 0.5) } : undefined;
    },
  });
  await expect(onceOnly().send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, TransactionConflict, None]',
    CancellationReasons: [
      { Code: 'None' },
      { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
      { Code: 'None' },
    ],
    $metadata: { httpStatusCode: 400, requestId: expect.any(String) },
  });
  await expect(put(onceOnly(), 'a')).rejects.toMatchObject({
    name: 'TransactionConflictException',
    message: 'Transaction is ongoing for the item',
    $metadata: { httpStatusCode: 400 },
  });
});

test('a script decides: each class of requests gets its own faults', async () => {
  const read = () =>
    onceOnly().send(
      new GetItemCommand({ TableName: TABLE, Key: { pk: { S: 'script' }, sk: { S: 'thing' } } }),
    );
  const script = seededScript(1, { write: { throttling: 1 }, read: { 'server error': 1 } });
  proxy.follow(script);
  await expect(put(onceOnly(), 'script')).rejects.toMatchObject({
    name: expect.stringMatching(/^(ThrottlingException|ProvisionedThroughputExceededException)$/),
    $metadata: { httpStatusCode: 400 },
  });
  await expect(read()).rejects.toMatchObject({
    name: expect.stringMatching(/^(InternalServerError|Service)/),
  });
  expect(script.counts).toEqual({ throttling: 1, 'server error': 1 });
  s3Proxy.follow(seededScript(1, { data: { throttling: 1 } }));
  const lost = new PutObjectCommand({ Bucket: BUCKET, Key: 'script', Body: 'x' });
  await expect(s3(s3Proxy.url).send(lost)).rejects.toMatchObject({ name: 'SlowDown' });
  proxy.clear();
  await put(onceOnly(), 'script');
});
