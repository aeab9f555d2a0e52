/** Reads of output whose text comes from the data store. */
import type { ServerResponse } from 'node:http';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { OutputQuery } from '../../../client/outputs.ts';
import { Taskport } from '../../../client/taskport.ts';
import { startAnswering } from '../../answering.ts';

beforeEach(() => {
  // No wait between tries.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => random.mockRestore();
});

type Answer = (to: ServerResponse) => void;

const AT = '2026-01-01T00:00:00.000Z';
const text: Answer = (to) => void to.end(`${AT} a line\n`);
const reset: Answer = (to) => void to.destroy();
const broken: Answer = (to) =>
  void to.writeHead(200, { 'content-length': 100 }).write('half', () => to.destroy());
const silent: Answer = () => {};
const refusing =
  (status: number): Answer =>
  (to) =>
    void to.writeHead(status).end();

/** Reads an attempt whose page has one segment: each read of it gets the next of these answers, and the last one again. */
const reading = async (answers: readonly Answer[], query: OutputQuery = {}) => {
  const segments: string[] = [];
  let pages = 0;
  const { url, stop } = await startAnswering(async ({ url: path = '', headers }, to) => {
    if (!path.startsWith('/store/')) {
      pages += 1;
      const item = {
        stream: 'stdout',
        at: AT,
        lines: 1,
        size: 32,
        url: `http://${headers.host}/store/${pages}`,
      };
      return to.end(JSON.stringify({ items: [item], after: '1', ended: true }));
    }
    segments.push(path);
    return answers[Math.min(segments.length, answers.length) - 1]?.(to);
  });
  onTestFinished(stop);
  const { outputs } = new Taskport({ url, patience: { attempts: 1 } });
  const attempt = { executorId: 'executor://machines/one', taskId: 'task://tasks/one', attempt: 1 };
  const read = async (): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of outputs.written(attempt, query)) lines.push(line.text);
    return lines;
  };
  return { read, segments };
};

it.each([
  ['resets the connection', reset],
  ['breaks off', broken],
  ['is not available', refusing(503)],
  ['has too many requests', refusing(429)],
  ['refuses an expired URL', refusing(403)],
])('reads the page again, with new URLs, if the store %s', async (_, answer) => {
  const { read, segments } = await reading([answer, text]);
  expect(await read()).toEqual(['a line']);
  expect(segments).toEqual(['/store/1', '/store/2']);
});

it('reads the page again if the store accepts the request and is silent', async () => {
  const start = setTimeout;
  let isFirst = true;
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((act: () => void, wait: number) => {
    const isWatchdog = isFirst && wait === 60_000;
    if (isWatchdog) isFirst = false;
    return start(act, isWatchdog ? 10 : wait);
  }) as typeof setTimeout);
  onTestFinished(() => timers.mockRestore());
  const { read, segments } = await reading([silent, text]);
  expect(await read()).toEqual(['a line']);
  expect(segments.at(-1)).toBe('/store/2');
});

it.each([
  ['reset', reset],
  ['503', refusing(503)],
])('follows the output through an outage of the store: %s', async (_, answer) => {
  const told: (Error | undefined)[] = [];
  const onOutage = (error: Error | undefined) => void told.push(error);
  const { read } = await reading([...Array(8).fill(answer), text], { follow: true, onOutage });
  expect(await read()).toEqual(['a line']);
  expect(told).toEqual([
    expect.objectContaining({ message: expect.stringContaining('the data store') }),
    undefined,
  ]);
});

it('has no lines of a segment that was deleted meanwhile', async () => {
  const { read, segments } = await reading([refusing(404)]);
  expect(await read()).toEqual([]);
  expect(segments).toHaveLength(1);
});

it('reports a store that refuses new URLs as well, also while it follows', async () => {
  const { read } = await reading([refusing(403)], { follow: true, onOutage: () => {} });
  await expect(read()).rejects.toMatchObject({ name: 'StoreError', status: 403 });
});
