import { describe, expect, it, vi } from 'vitest';
import { toLine, writeLine } from '../../lib/telemetry.ts';

describe('a line', () => {
  it('contains metrics in the form of CloudWatch: named, with a unit, and dimensions', () => {
    const line = JSON.parse(
      toLine(
        { message: 'call', operation: 'GET /v1/health', code: 'not-found' },
        [
          { by: 'operation', values: { Latency: 12 } },
          { by: 'code', values: { Problems: 1 } },
        ],
        Date.parse('2026-01-01T00:00:00Z'),
      ),
    );
    expect(line).toEqual({
      timestamp: '2026-01-01T00:00:00.000Z',
      level: 'INFO',
      deployment: 'local',
      message: 'call',
      operation: 'GET /v1/health',
      code: 'not-found',
      Latency: 12,
      Problems: 1,
      _aws: {
        Timestamp: Date.parse('2026-01-01T00:00:00Z'),
        CloudWatchMetrics: [
          {
            Namespace: 'Taskport',
            Dimensions: [['deployment', 'operation']],
            Metrics: [{ Name: 'Latency', Unit: 'Milliseconds' }],
          },
          {
            Namespace: 'Taskport',
            Dimensions: [['deployment', 'code']],
            Metrics: [{ Name: 'Problems', Unit: 'Count' }],
          },
        ],
      },
    });
    for (const { Dimensions } of line._aws.CloudWatchMetrics) {
      for (const name of Dimensions.flat()) expect(line[name]).toBeTypeOf('string');
    }
  });

  it('without a metric is not counted by CloudWatch', () => {
    expect(JSON.parse(toLine({ message: 'nothing' }, [{ by: 'action', values: {} }]))).not.toHaveProperty(
      '_aws',
    );
  });

  it('names the trace of X-Ray that it belongs to', () => {
    vi.stubEnv(
      '_X_AMZN_TRACE_ID',
      'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
    );
    expect(JSON.parse(toLine({ message: 'traced' }, []))).toMatchObject({
      xrayTraceId: '1-5759e988-bd862e3fe1be46a994272793',
    });
    vi.unstubAllEnvs();
  });
});

describe('lines', () => {
  it.each([
    [
      'on Lambda to standard output as they stand',
      { AWS_LAMBDA_FUNCTION_NAME: 'taskport-api' },
      ['{}\n'],
      [],
    ],
    ['on a laptop nowhere', {}, [], []],
    ['on a laptop to standard error where they are of errors', {}, [], ['{}\n'], true],
    ['on a laptop to standard error where they are asked for', { TASKPORT_TELEMETRY: '1' }, [], ['{}\n']],
  ])('go %s', (_, environment, out, err, isError = false) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const written = (['stdout', 'stderr'] as const).map((stream) => {
      const texts: string[] = [];
      const spy = vi
        .spyOn(process[stream], 'write')
        .mockImplementation((text) => texts.push(String(text)) > 0);
      return { texts, spy };
    });
    writeLine('{}', isError);
    for (const { spy } of written) spy.mockRestore();
    vi.unstubAllEnvs();
    expect(written.map(({ texts }) => texts)).toEqual([out, err]);
  });
});
