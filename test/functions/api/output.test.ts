import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OutputLines } from '../../../cli/docker/output-lines.ts';
import { openServiceSink } from '../../../cli/logs/service-log.ts';
import { Taskport } from '../../../client/taskport.ts';
import type { Line, StreamName } from '../../../lib/execution/log-sink.ts';
import { type Composer, openStage, type Stage } from '../../composing.ts';
import { bodyOf, caller, expectInvalid, expectProblem, pathOf, sweep } from './support.ts';

let stage: Stage;
let client: Taskport;
beforeAll(async () => {
  stage = await openStage();
  client = new Taskport({ url: stage.url });
});
afterAll(() => stage.stop());

type Busy = Composer & { readonly rootId: string; readonly taskId: string };

const outputPath = ({ executorId, taskId }: Busy, attempt: number | string = 1): string =>
  `${pathOf(executorId)}${pathOf(taskId).replace('/v1/elements/task/', '/tasks/')}/attempts/${attempt}/output`;

const digits = (nth: number): string => String(nth).padStart(9, '0');
const timeOf = (nth: number): string => `2026-01-31T12:00:00.${digits(nth)}Z`;
const lineOf = (nth: number, text = `line ${nth}`): Line => ({ at: timeOf(nth), text, mark: digits(nth) });
const linesOf = (from: number, to: number, text?: string): Line[] =>
  Array.from({ length: to - from + 1 }, (_, at) => lineOf(from + at, text));

/** The segment for some lines, in the form of a runner's request. */
const segmentOf = (from: number, to: number, said: object = {}) => {
  const text = linesOf(from, to)
    .map((line) => `${line.at} ${line.text}\n`)
    .join('');
  const after = from === 1 ? {} : { after: digits(from - 1) };
  const size = Buffer.byteLength(text);
  return { ...after, mark: digits(to), at: timeOf(from), lines: to - from + 1, size, text, ...said };
};

const append = (composer: Busy, segment?: object, stream: StreamName = 'stdout', said: object = {}) =>
  stage.call('POST', outputPath(composer), { body: { stream, segment, ...said } });
const appended = async (composer: Busy, segment?: object, stream?: StreamName) =>
  bodyOf(append(composer, segment, stream), 200);
const page = (composer: Busy, query = '') =>
  bodyOf(stage.call('GET', `${outputPath(composer)}${query}`), 200);
const attemptOf = ({ executorId, taskId }: Busy, attempt = 1) => ({ executorId, taskId, attempt });
const sinkOf = (composer: Busy, stream: StreamName = 'stdout') =>
  openServiceSink(client, attemptOf(composer), stream, undefined);

/** Reads a stream by the client. */
const read = async (composer: Busy, stream: StreamName = 'stdout', query = {}): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { text } of client.outputs.lines(attemptOf(composer), stream, query)) texts.push(text);
  return texts;
};
const texts = (from: number, to: number): string[] => linesOf(from, to).map(({ text }) => text);

describe('the output of a task', () => {
  it('is read as it was written, each stream alone and both together', async () => {
    const composer = await stage.busy();
    const [out, err] = [await sinkOf(composer), await sinkOf(composer, 'stderr')];
    await out.write(linesOf(1, 3));
    await err.write([lineOf(2, 'to the other')]);
    await out.write(linesOf(4, 5));
    expect(await read(composer)).toEqual(texts(1, 5));
    expect(await read(composer, 'stderr')).toEqual(['to the other']);
    const { items, ended } = await page(composer);
    expect(items.map(({ stream, lines }: { stream: string; lines: number }) => [stream, lines])).toEqual([
      ['stdout', 3],
      ['stderr', 1],
      ['stdout', 2],
    ]);
    expect(ended).toBeUndefined();
    expect(out.uri).toBe(`taskport://${outputPath(composer)}?stream=stdout`);
  });

  it('is whole although the clock of its engine was set back', async () => {
    const composer = await stage.busy();
    const sink = await sinkOf(composer);
    const lines = new OutputLines(undefined);
    const times = ['12:00:00', '12:00:01', '11:00:00', '11:00:01', '12:00:02'];
    for (const time of times) {
      const at = `2026-01-31T${time}.000000000Z`;
      await sink.write(lines.push({ at, bytes: Buffer.from(time), isWhole: true }));
    }
    expect(await read(composer)).toEqual(times);
  });

  it('may have any characters, and be large', async () => {
    const composer = await stage.busy();
    const odd = ['', ' ', '\0\x01\x1b[31m', 'a\rb', '\u2028"\\', '𝄞�', 'x'.repeat(65_536), '--', '{"at":1}'];
    const many = linesOf(odd.length + 1, odd.length + 3_000, 'y'.repeat(400));
    const sink = await sinkOf(composer);
    await sink.write(odd.map((text, at) => lineOf(at + 1, text)));
    await sink.write(many);
    expect(await read(composer)).toEqual([...odd, ...many.map(({ text }) => text)]);
    const { items } = await page(composer, '?stream=stdout');
    for (const { text, url } of items) expect([text, url]).toEqual([undefined, expect.any(String)]);
  });

  it('is stored once, for repeated, late and reordered writes', async () => {
    const composer = await stage.busy();
    const end = (to: number) => ({ mark: digits(to) });
    expect(await appended(composer, segmentOf(4, 6))).toEqual({});
    expect(await appended(composer, segmentOf(1, 3))).toEqual(end(3));
    expect(await appended(composer, segmentOf(1, 3))).toEqual(end(3));
    expect(await appended(composer, segmentOf(1, 2))).toEqual(end(3));
    expect(await appended(composer, segmentOf(4, 6))).toEqual(end(6));
    expect(await appended(composer, segmentOf(1, 3))).toEqual(end(6));
    expect(await appended(composer, segmentOf(4, 9))).toEqual(end(6));
    expect(await appended(composer)).toEqual(end(6));
    expect(await read(composer)).toEqual(texts(1, 6));
    const raced = await Promise.all([7, 8, 9, 10].map((to) => appended(composer, segmentOf(7, to))));
    const [{ mark }] = raced;
    expect(raced.map((found) => found.mark)).toEqual(raced.map(() => mark));
    expect(await read(composer)).toEqual(texts(1, Number(mark)));
  });

  it('is hidden until its bytes have arrived, and is written again by the next writer', async () => {
    const composer = await stage.busy();
    await appended(composer, segmentOf(1, 2));
    const large = (to: number) => {
      const { text, ...said } = segmentOf(3, to);
      const checksum = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      return { text, said: { ...said, checksum } };
    };
    const lost = large(5);
    const { request, mark } = await appended(composer, lost.said);
    expect(mark).toBe(digits(5));
    expect(await read(composer)).toEqual(texts(1, 2));
    expect(await appended(composer)).toEqual({ mark: digits(2) });
    // The answer repeats the upload request.
    const again = await appended(composer, lost.said);
    expect(new URL(again.request.url).pathname).toBe(new URL(request.url).pathname);
    const found = large(6);
    const instead = await appended(composer, found.said);
    expect(new URL(instead.request.url).pathname).not.toBe(new URL(request.url).pathname);
    const send = (to: { url: string; headers: Record<string, string> }, body: string) =>
      fetch(to.url, { method: 'PUT', headers: to.headers, body });
    expect((await send(instead.request, found.text)).status).toBe(200);
    // Late bytes are ignored.
    expect((await send(request, lost.text)).status).toBe(200);
    expect(await read(composer)).toEqual(texts(1, 6));
    expect(await appended(composer, { ...segmentOf(6, 7), after: digits(5) })).toEqual({ mark: digits(6) });
    expect(await appended(composer, lost.said)).toEqual({ mark: digits(6) });
    expect(await read(composer)).toEqual(texts(1, 6));
  });

  it('continues at its end', async () => {
    const composer = await stage.busy();
    const [one, other] = [await sinkOf(composer), await sinkOf(composer)];
    await one.write(linesOf(1, 4));
    // As after a lost answer, or with a runner that took over.
    await other.write(linesOf(1, 6));
    await one.write(linesOf(5, 9));
    expect(await read(composer)).toEqual(texts(1, 9));
    expect((await sinkOf(composer)).end).toBe(digits(9));
  });

  it('can be followed until the attempt has ended', async () => {
    const composer = await stage.busy();
    const sink = await sinkOf(composer);
    await sink.write(linesOf(1, 2));
    const following = read(composer, 'stdout', { follow: true });
    for (const nth of [3, 4, 5]) await sink.write([lineOf(nth)]);
    await bodyOf(
      composer.report(composer.taskId, { attempt: 1, state: 'exited', exitCode: 0, at: timeOf(9) }),
      201,
    );
    expect(await following).toEqual(texts(1, 5));
    expect((await page(composer)).ended).toBe(true);
  });

  it('can be read from its end, in bounded pages', async () => {
    const composer = await stage.busy();
    for (let nth = 1; nth <= 60; nth += 1) await appended(composer, segmentOf(nth, nth));
    expect(await read(composer, 'stdout', { tail: 3 })).toEqual(texts(58, 60));
    const { items, after } = await page(composer, '?stream=stdout&tail=5');
    expect(items).toHaveLength(5);
    expect((await page(composer, `?stream=stdout&after=${after}`)).items).toEqual([]);
    const first = await page(composer, '?stream=stdout');
    expect(first.items).toHaveLength(50);
    expect(await read(composer)).toEqual(texts(1, 60));
    // Both streams in the order of their times, even if one is more than a page ahead.
    const err = await sinkOf(composer, 'stderr');
    for (const line of [lineOf(3, 'early'), lineOf(55, 'late'), lineOf(58, 'later')]) await err.write([line]);
    const both = async (query: object): Promise<string[]> => {
      const found: string[] = [];
      for await (const { text } of client.outputs.written(attemptOf(composer), query)) found.push(text);
      return found;
    };
    const all = [texts(1, 3), 'early', texts(4, 55), 'late', texts(56, 58), 'later', texts(59, 60)].flat();
    expect(await both({})).toEqual(all);
    expect(await both({ tail: 7 })).toEqual(all.slice(-7));
    expect(await both({ tail: 0 })).toEqual([]);
  });

  it('is complete and without repeats in pages of both streams, even if the machine’s clock steps back', async () => {
    const composer = await stage.busy();
    const at = (second: string) => ({ at: `2026-01-31T12:00:${second}Z` });
    const write = async (stream: StreamName, nth: number, second: string) => {
      const text = `${at(second).at} ${stream} ${nth}\n`;
      const segment = segmentOf(nth, nth, { ...at(second), text, size: Buffer.byteLength(text) });
      await appended(composer, segment, stream);
    };
    const COUNT = 110;
    for (let nth = 1; nth <= COUNT; nth += 1) await write('stdout', nth, nth % 7 === 0 ? '30.51' : '10.5');
    for (let nth = 1; nth <= COUNT; nth += 1) await write('stderr', nth, nth < 40 ? '09' : '20.5');
    const found: string[] = [];
    for await (const { text } of client.outputs.written(attemptOf(composer), {})) found.push(text);
    for (const stream of ['stdout', 'stderr'])
      expect(found.filter((text) => text.startsWith(stream))).toEqual(
        Array.from({ length: COUNT }, (_, before) => `${stream} ${before + 1}`),
      );
  });

  it('is cut when its log is full, and says so', async () => {
    const composer = await stage.busy();
    const log = await stage.make('log', { spec: { service: { maxSizeMiB: 1 } } });
    await composer.unbind(composer.taskId);
    await composer.join(log);
    await composer.bind();
    const sink = await sinkOf(composer);
    for (const from of [1, 1_001, 2_001, 3_001]) {
      await sink.write(linesOf(from, from + 999, 'z'.repeat(400)));
    }
    const kept = await read(composer);
    expect(kept).toHaveLength(2_001);
    expect(kept.at(-1)).toContain('the output is cut here');
    expect(await appended(composer)).toEqual({ mark: digits(2_000), cut: true });
    expect((await sinkOf(composer)).end).toBe(digits(2_000));
  });
});

describe('an invalid read or write of output', () => {
  it('is refused', async () => {
    const composer = await stage.busy();
    const asked = (query: string) => stage.call('GET', `${outputPath(composer)}${query}`);
    expectInvalid(await asked('?stream=both'), '?stream');
    expectInvalid(await asked('?after=%00'), '?after');
    expectInvalid(await asked(`?after=${Buffer.from('["a","1"]').toString('base64url')}`), '?after');
    for (const tail of ['0', '-1', '1e9', '2000']) expectInvalid(await asked(`?tail=${tail}`), '?tail');
    const { after } = await page(composer);
    expectInvalid(await asked(`?after=${after}&tail=1`), '?tail');
    expectInvalid(await asked(`?after=${after}&stream=stdout`), '?after');
    for (const attempt of ['0', '01', 'x', '9999999999', '1.5']) {
      expectInvalid(await stage.call('GET', outputPath(composer, attempt)), 'path');
    }
    const wrong: readonly [object, string][] = [
      [{ size: 1 }, 'segment.size'],
      [{ text: undefined }, 'segment.text'],
      [{ checksum: `sha256:${'0'.repeat(64)}` }, 'segment.text'],
      [{ text: '\ud800' }, 'segment.text'],
      [{ mark: 'ä' }, 'segment.mark'],
      [{ mark: '' }, 'segment.mark'],
      [{ after: 'x'.repeat(65) }, 'segment.after'],
      [{ at: 'now' }, 'segment.at'],
      [{ lines: 0 }, 'segment.lines'],
      [{ text: undefined, checksum: 'md5:00' }, 'segment.checksum'],
      [{ size: 2 ** 40 }, 'segment.size'],
    ];
    for (const [said, path] of wrong) {
      const answer = await append(composer, segmentOf(1, 1, said));
      expect(answer.status).toBe(400);
      expect(answer.body.issues.map((issue: { path: string }) => issue.path)).toContain(path);
    }
    expectInvalid(await append(composer, segmentOf(1, 1), 'both' as StreamName), 'stream');
  });

  it('is not found for an attempt that never started, or of another composition', async () => {
    const composer = await stage.busy();
    const body = { stream: 'stdout', segment: segmentOf(1, 1) };
    expectProblem(await stage.call('POST', outputPath(composer, 2), { body }), 409, 'not-bound', {
      id: composer.taskId,
    });
    expectProblem(
      await append(composer, segmentOf(1, 1), 'stdout', { since: '2020-01-01T00:00:00Z' }),
      409,
      'invalid-state',
      { state: 'bound', attempt: 1 },
    );
    const { createdAt } = (await client.elements.read(composer.executorId)).composition ?? { createdAt: '' };
    expect((await append(composer, segmentOf(1, 1), 'stdout', { since: createdAt })).status).toBe(200);
    const nobody = { ...composer, executorId: `${composer.executorId}x`, taskId: composer.taskId } as Busy;
    expectProblem(await append(nobody, segmentOf(1, 1)), 404, 'not-found');
    expectProblem(await stage.call('GET', outputPath(nobody)), 404, 'not-found');
  });

  it('needs a grant to execute for writing, and to read for reading', async () => {
    const composer = await stage.busy();
    const [executing, reading] = ['executing', 'reading'].map(
      (name) => `arn:aws:iam::123456789012:role/${name}`,
    );
    const { location } = composer.executorId.match(/\/\/(?<location>[^/]+)/)?.groups ?? {};
    const grants = [
      { principal: 'local', actions: ['read', 'compose', 'execute', 'create', 'delete', 'admin'] },
      { principal: executing, actions: ['execute'] },
      { principal: reading, actions: ['read'] },
    ];
    const path = `/v1/locations/${location}`;
    await bodyOf(stage.call('PATCH', path, { body: { grants } }), 200);
    const body = { stream: 'stdout', segment: segmentOf(1, 1) };
    const as = (who = '') => caller(stage, who);
    try {
      expectProblem(await as(reading)('POST', outputPath(composer), { body }), 403, 'permission-denied');
      expect((await as(executing)('POST', outputPath(composer), { body })).status).toBe(200);
      expectProblem(await as(executing)('GET', outputPath(composer)), 403, 'permission-denied');
      expect((await as(reading)('GET', outputPath(composer))).body.items).toHaveLength(1);
    } finally {
      await bodyOf(stage.call('PATCH', path, { body: { grants: null } }), 200);
    }
  });
});

describe('output after the retention of its log', () => {
  it('is deleted', async () => {
    const composer = await stage.busy();
    const sink = await sinkOf(composer);
    await sink.write(linesOf(1, 1_000));
    const { items } = await page(composer);
    expect((await fetch(items[0].url)).status).toBe(200);
    await sweep(stage, 29 * 24 * 3600_000);
    expect((await fetch(items[0].url)).status).toBe(200);
    await sweep(stage, 31 * 24 * 3600_000);
    expect((await fetch(items[0].url)).status).toBe(404);
    // The row expires later by itself; until then the output is already hidden.
    expect(await read(composer)).toEqual([]);
  });
});
