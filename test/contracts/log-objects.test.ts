import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { LogObjects } from '../../lib/adapters/s3/log-objects.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { Line } from '../../lib/execution/log-sink.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { startFaultProxy } from '../faults/proxy.ts';
import { useEngines } from '../taskport.ts';

beforeAll(() => useEngines());

const logs = new LogObjects();
const AT = '2026-01-31T12:00:00Z';
const linesOf = (...texts: string[]): Line[] => texts.map((text) => ({ at: AT, text }));
const attemptOf = (attempt = 1): Attempt => ({
  executorId: `executor://boxes/${randomUUID()}`,
  taskId: 'task://jobs/one',
  attempt,
});
const sink = { id: 'log://logs/a', spec: { s3: { bucket: TEST_BUCKET, prefix: 'logs/' } } };

const read = async (uri: string, attempt: Attempt, follow?: AbortSignal): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { text } of logs.read(uri, { attempt, stream: 'stdout' }, { follow })) texts.push(text);
  return texts;
};

describe('a log in S3', () => {
  it('contains the lines as written, by executor, task, attempt and stream', async () => {
    const attempt = attemptOf(3);
    const out = await logs.open(sink, attempt, 'stdout');
    const err = await logs.open(sink, attempt, 'stderr');
    await Promise.all([out.write(linesOf('one', '', 'zwölf')), err.write(linesOf('oh'))]);
    const [, name] = attempt.executorId.split('boxes/');
    expect(out.uri).toBe(`s3://${TEST_BUCKET}/logs/boxes/${name}/jobs/one/3/stdout/`);
    expect(await read(out.uri, attempt)).toEqual(['one', '', 'zwölf']);
    await Promise.all([out.close(), err.close()]);
  });

  it('keeps the order of many segments', async () => {
    const attempt = attemptOf();
    const out = await logs.open(sink, attempt, 'stdout');
    const texts = Array.from({ length: 12 }, (_, at) => `line number ${at}`);
    for (const text of texts) await out.write(linesOf(text));
    await out.close();
    expect(await read(out.uri, attempt)).toEqual(texts);
  });

  it('continues at its end after a restart', async () => {
    const attempt = attemptOf();
    const before = await logs.open(sink, attempt, 'stdout');
    expect(before.end).toBeUndefined();
    await before.write([{ at: AT, text: 'a long first line', mark: `${AT}#000001` }]);
    const after = await logs.open(sink, attempt, 'stdout');
    expect(after.end).toBe(`${AT}#000001`);
    await after.write(linesOf('a long second line'));
    await after.close();
    expect(await read(after.uri, attempt)).toEqual(['a long first line', 'a long second line']);
  });

  it('reports a failed write, and accepts it again', async () => {
    const proxy = await startFaultProxy(inject('s3Url'));
    useEngines(inject('dynamodbUrl'), proxy.url);
    try {
      const attempt = attemptOf();
      const out = await logs.open(sink, attempt, 'stdout');
      proxy.refuse((request) => request.method === 'PUT', { times: 10 });
      await expect(out.write(linesOf('important'))).rejects.toThrow();
      proxy.clear();
      await out.write(linesOf('important'));
      await out.close();
      expect(await read(out.uri, attempt)).toEqual(['important']);
    } finally {
      useEngines();
      await proxy.stop();
    }
  });

  it('is followed until its end is reported, and read completely', async () => {
    const attempt = attemptOf();
    const out = await logs.open(sink, attempt, 'stdout');
    const ended = new AbortController();
    const texts: string[] = [];
    const following = (async () => {
      const options = { follow: ended.signal };
      for await (const { text } of logs.read(out.uri, { attempt, stream: 'stdout' }, options))
        texts.push(text);
    })();
    await out.write(linesOf('while it runs'));
    await expect.poll(() => texts).toEqual(['while it runs']);
    await out.write(linesOf('at its end'));
    ended.abort();
    await following;
    expect(texts).toEqual(['while it runs', 'at its end']);
    await out.close();
  });

  it('is empty if nothing was written', async () => {
    const attempt = attemptOf();
    const out = await logs.open(sink, attempt, 'stdout');
    expect(await read(out.uri, attempt)).toEqual([]);
    await out.close();
  });
});
