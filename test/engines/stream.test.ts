import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import type { Engines } from '../../infra/local/engines/engines.ts';
import { createTable } from '../../infra/local/engines/table.ts';
import { type StreamOptions, startStream } from '../../infra/local/stream.ts';
import { operation, startFaultProxy } from '../faults/proxy.ts';
import { startEngines } from '../host-bundle.ts';
import { BUCKET, dynamodb, eventually, freshDirectory, put } from './engine-setting.ts';

const nameOf = (record: DynamoDBRecord) => record.dynamodb?.Keys?.pk?.S ?? '';
const namesOf = (event: DynamoDBStreamEvent) => event.Records.map(nameOf);
const failuresOf = (records: DynamoDBRecord[]) => ({
  batchItemFailures: records.map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })),
});

describe.each(['dynoxide', 'dynamodb-local'] as const)('with %s', (metadata) => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await startEngines({ metadata, bucket: BUCKET });
  });
  afterAll(() => engines.stop());

  /** A table for the test, with functions to write to it and read its stream. */
  async function freshTable(url = engines.dynamodbUrl) {
    const tableName = `stream-${randomUUID()}`;
    await createTable(clientConfig(engines.dynamodbUrl), tableName);
    const client = dynamodb(engines.dynamodbUrl);
    const write = async (...names: string[]) => {
      for (const name of names) await put(client, name, randomUUID(), tableName);
    };
    const read = (
      options: Omit<StreamOptions, 'config' | 'tableName' | 'name' | 'batchSize'> & { batchSize?: number },
    ) => {
      const config = clientConfig(url);
      const stream = startStream({
        config,
        tableName,
        name: 'reader',
        batchSize: 100,
        report: () => {},
        ...options,
      });
      onTestFinished(() => stream.stop());
      return stream;
    };
    return { client, tableName, write, read };
  }

  test('each change arrives once, in order, in batches up to a size', async () => {
    const { write, read } = await freshTable();
    const names = Array.from({ length: 25 }, (_, at) => `early-${at}`);
    await write(...names);
    const batches: string[][] = [];
    read({ batchSize: 10, handler: async (event) => void batches.push(namesOf(event)) });
    await eventually(() => batches.flat().length === 25, 'what was there before');
    await write('late');
    await eventually(() => batches.flat().length === 26, 'what came later');
    expect(batches.flat()).toEqual([...names, 'late']);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(10);
  });

  test('a record has Lambda’s form: numbers as times, bytes as base64, empty maps as maps', async () => {
    const { client, tableName, read } = await freshTable();
    const value = {
      empty: { M: {} },
      nested: { L: [{ M: {} }, { M: { deep: { M: {} } } }, { L: [] }] },
      bytes: { B: new Uint8Array([0, 255]) },
      many: { BS: [new Uint8Array([1])] },
      others: { M: { n: { N: '1' }, s: { S: '' }, no: { BOOL: false }, nil: { NULL: true as const } } },
    };
    const Item = { pk: { S: 'a' }, sk: { S: 'thing' }, value: { M: value } };
    await client.send(new PutItemCommand({ TableName: tableName, Item }));
    const records: DynamoDBRecord[] = [];
    read({ handler: async (event) => void records.push(...event.Records) });
    await eventually(() => records.length > 0, 'the record');
    expect(records[0]).toMatchObject({
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      eventID: expect.any(String),
      eventSourceARN: expect.stringContaining(`table/${tableName}/stream/`),
    });
    const { dynamodb: change } = records[0] as DynamoDBRecord;
    expect(change?.Keys).toEqual({ pk: { S: 'a' }, sk: { S: 'thing' } });
    expect(change?.OldImage).toBeUndefined();
    expect(change?.ApproximateCreationDateTime).toEqual(expect.any(Number));
    expect(change?.NewImage?.value).toEqual({
      M: { ...value, bytes: { B: 'AP8=' }, many: { BS: ['AQ=='] } },
    });
  });

  test('it continues after a restart', async () => {
    const { write, read } = await freshTable();
    const directory = freshDirectory();
    const seen: string[] = [];
    const handler = async (event: DynamoDBStreamEvent) => void seen.push(...namesOf(event));
    const first = read({ directory, handler });
    await write('a', 'b');
    await eventually(() => seen.length === 2, 'the first two');
    await first.stop();
    await write('c', 'd');
    read({ directory, handler });
    await eventually(() => seen.length >= 4, 'the next two');
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a batch in progress during a crash is delivered again', async () => {
    const { write, read } = await freshTable();
    const directory = freshDirectory();
    let survive = () => {};
    const dead = new Promise<undefined>((resolve) => {
      survive = () => resolve(undefined);
    });
    let taken: string[] = [];
    const killed = read({
      directory,
      handler: (event) => {
        taken = namesOf(event);
        return dead;
      },
    });
    await write('a');
    await eventually(() => taken.length > 0, 'a batch in hand');
    const seen: string[] = [];
    read({ directory, handler: async (event) => void seen.push(...namesOf(event)) });
    await eventually(() => seen.length > 0, 'the batch again');
    expect(seen[0]).toBe('a');
    survive();
    await killed.stop();
  });

  test('a stop waits for the batch in progress', async () => {
    const { write, read } = await freshTable();
    let state = 'idle';
    const stream = read({
      handler: async () => {
        state = 'working';
        await new Promise((resolve) => setTimeout(resolve, 100));
        state = 'done';
        return undefined;
      },
    });
    await write('a');
    await eventually(() => state === 'working', 'a batch in hand');
    await stream.stop();
    expect(state).toBe('done');
  });

  test('the failed part of a batch comes again from its first record on, and nothing before', async () => {
    const { write, read } = await freshTable();
    await write('a', 'b', 'c', 'd');
    const batches: string[][] = [];
    read({
      handler: async (event) => {
        batches.push(namesOf(event));
        if (batches.length > 1) return { batchItemFailures: [] };
        return failuresOf(event.Records.filter((record) => 'bd'.includes(nameOf(record))));
      },
    });
    await eventually(() => batches.length === 2, 'the repetition');
    expect(batches).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
  });

  test('a poison record is set aside eventually, and its neighbours arrive', async () => {
    const { write, read } = await freshTable();
    await write('a', 'b', 'poison', 'c');
    const seen: string[] = [];
    const aside: string[] = [];
    read({
      retryAttempts: 2,
      onSetAside: (record) => aside.push(nameOf(record)),
      handler: async (event) => {
        if (namesOf(event).includes('poison')) throw new Error('cannot digest');
        seen.push(...namesOf(event));
        return undefined;
      },
    });
    await eventually(() => seen.includes('c'), 'what comes after the poison');
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(aside).toEqual(['poison']);
  });

  test('a change that is set aside comes again at each start until the function takes it', async () => {
    const { tableName, write, read } = await freshTable();
    const directory = freshDirectory();
    const file = join(directory, `${tableName}-reader-set-aside.json`);
    await write('a', 'poison', 'c');
    const said: string[] = [];
    const fail = async (event: DynamoDBStreamEvent) =>
      failuresOf(event.Records.filter((record) => nameOf(record) === 'poison'));
    const first = read({ directory, retryAttempts: 1, handler: fail, report: (line) => said.push(line) });
    await eventually(() => said.some((line) => line.includes(file)), 'the place of the change');
    await first.stop();
    const second = read({ directory, handler: fail, report: (line) => said.push(line) });
    await eventually(() => said.some((line) => line.includes('stays')), 'the second start');
    await second.stop();
    await write('d');
    const seen: string[] = [];
    const handler = async (event: DynamoDBStreamEvent) => void seen.push(...namesOf(event));
    const third = read({ directory, handler });
    await eventually(() => seen.includes('d'), 'the next change');
    await third.stop();
    expect(seen.slice(0, seen.indexOf('d'))).toContain('poison');
    read({ directory, handler });
    await write('e');
    await eventually(() => seen.includes('e'), 'the change after it');
    expect(seen.filter((name) => name === 'poison')).toHaveLength(1);
  });

  test('a change that cannot be set aside stays before those behind it', async () => {
    const { tableName, write, read } = await freshTable();
    const directory = freshDirectory();
    // Not even root can write a file over a directory.
    mkdirSync(join(directory, `${tableName}-reader-set-aside.json.new`));
    await write('a', 'b');
    const said: string[] = [];
    const seen: string[] = [];
    read({
      directory,
      retryAttempts: 1,
      report: (line) => said.push(line),
      handler: async (event) => {
        if (said.filter((line) => line.includes('cannot be set aside')).length < 2) throw new Error('full');
        seen.push(...namesOf(event));
        return undefined;
      },
    });
    await eventually(() => seen.includes('b'), 'both changes');
    expect(seen).toEqual(['a', 'b']);
  });

  test('an expired iterator and trimmed data lose nothing', async () => {
    const proxy = await startFaultProxy(engines.dynamodbUrl);
    onTestFinished(() => proxy.stop());
    const { write, read } = await freshTable(proxy.url);
    proxy.answer(operation('GetRecords'), { code: 'ExpiredIteratorException' }, { nth: 1 });
    proxy.answer(operation('GetRecords'), { code: 'TrimmedDataAccessException' }, { nth: 3 });
    await write('a');
    const seen: string[] = [];
    read({ handler: async (event) => void seen.push(...namesOf(event)) });
    await eventually(() => seen.includes('a'), 'the change');
    await write('b');
    await eventually(() => seen.includes('b'), 'the next change');
  });

  test('a broken connection is opened again', async () => {
    const proxy = await startFaultProxy(engines.dynamodbUrl);
    onTestFinished(() => proxy.stop());
    const { write, read } = await freshTable(proxy.url);
    proxy.refuse(() => true, { times: 4 });
    const seen: string[] = [];
    const failures: string[] = [];
    read({
      handler: async (event) => void seen.push(...namesOf(event)),
      report: (message) => failures.push(message),
    });
    await write('a');
    await eventually(() => seen.length > 0, 'the change');
    expect(seen).toEqual(['a']);
    expect(failures[0]).toBe('stream: it cannot be read');
  });
});
