/** The function that writes the log answers CloudFormation in a deployment with `logShards`. */
import { expect, inject, it } from 'vitest';
import { createAnswer } from '../../functions/audit/deployment.ts';
import type { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { change, type Layout, openLog } from '../contracts/event-logs.ts';
import { aRequest, takeAnswer } from './deployment-answers.ts';

const answersTo = (table: Table, ...[type, wanted]: [Parameters<typeof aRequest>[0], number]) =>
  takeAnswer((url) => createAnswer(table)(aRequest(type, wanted, url)));

it.each([
  ['a log that has as many', 4, 'Create', 4, 'SUCCESS'],
  ['a log that has others', 4, 'Create', 8, 'FAILED'],
  ['a log that has others, by an update', 4, 'Update', 8, 'FAILED'],
  ['a log that has others, and takes the number away', 4, 'Delete', 8, 'SUCCESS'],
  ['a log of before, which is to get some', 'none', 'Create', 8, 'SUCCESS'],
] satisfies [string, Layout, Parameters<typeof aRequest>[0], number, string][])(
  'answers a deployment with %s',
  async (_, layout, type, wanted, status) => {
    const log = await openLog(inject('dynamodbUrl'), layout);
    await log.add([change(1)]);
    const Reason =
      'the log of events has 4 shards for good, and logShards is 8: deploy with logShards 4, or without it';
    const { StackId, RequestId, LogicalResourceId } = aRequest(type, wanted, '');
    const named = { PhysicalResourceId: 'log-shards', StackId, RequestId, LogicalResourceId };
    expect(await answersTo(log.table, type, wanted)).toEqual([
      { ...named, Status: status, ...(status === 'FAILED' ? { Reason } : {}) },
    ]);
    expect((await log.read()).logged).toHaveLength(1);
  },
);

it('accepts any number for an empty log', async () => {
  const log = await openLog(inject('dynamodbUrl'), 1);
  expect(await answersTo(log.table, 'Create', 8)).toMatchObject([{ Status: 'SUCCESS' }]);
});

it('fails if the log cannot be read, so that Lambda calls again', async () => {
  const log = await openLog(inject('dynamodbUrl'), 1);
  const { table } = log.intercepted(() => Promise.reject(new Error('not allowed yet')));
  await expect(answersTo(table, 'Create', 8)).rejects.toThrow('not allowed yet');
});
