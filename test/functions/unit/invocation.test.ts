import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { accountFor } from '../../../functions/invocation.ts';
import { accountForBatch } from '../../../functions/stream-account.ts';

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.stubEnv('TASKPORT_TELEMETRY', '1');
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const told = () => lines.map((line) => JSON.parse(line));

it('logs the age of a batch and the number of records to repeat in one line', async () => {
  const now = Math.floor(Date.now() / 1000);
  const batch = {
    Records: [90, 30].map((ago) => ({ dynamodb: { ApproximateCreationDateTime: now - ago } })),
  };
  const handler = accountFor(
    'publish',
    async (_: typeof batch) => ({ batchItemFailures: [{ itemIdentifier: '1' }] }),
    accountForBatch as never,
  );
  expect(await handler(batch, { awsRequestId: 'r' })).toEqual({
    batchItemFailures: [{ itemIdentifier: '1' }],
  });
  const [line, ...more] = told();
  expect(more).toEqual([]);
  expect(line).toMatchObject({
    level: 'INFO',
    function: 'publish',
    requestId: 'r',
    Changes: 2,
    Unfinished: 1,
  });
  // The age of the oldest change, not of the newest.
  expect(line.Lag).toBeGreaterThanOrEqual(90_000);
  expect(line.Lag).toBeLessThan(150_000);
  expect(line._aws.CloudWatchMetrics[0].Dimensions).toEqual([['deployment', 'function']]);
});

it('logs a failed invocation with its stack, and fails', async () => {
  const handler = accountFor(
    'sweep',
    async () => {
      throw new TypeError('broken');
    },
    () => ({ metrics: [] }),
  );
  await expect(handler({})).rejects.toThrow('broken');
  expect(told()).toMatchObject([
    { level: 'ERROR', function: 'sweep', error: expect.stringContaining('invocation.test.ts') },
  ]);
});
