import { describe, expect, it } from 'vitest';
import { GatheredLines } from '../../../lib/execution/gathered-lines.ts';
import type { Line } from '../../../lib/execution/log-sink.ts';

const line = (text: string): Line => ({ at: '2026-01-31T12:00:00Z', text });
const NEVER = { bytes: 1_000, ms: 3_600_000 };

/** Gathers into pieces that are stored when a test says so. */
const gathering = (limits = NEVER) => {
  const pieces: string[][] = [];
  const storing: { settle: () => void; fail: (error: Error) => void }[] = [];
  const lines = new GatheredLines((piece) => {
    pieces.push(piece.map(({ text }) => text));
    return new Promise((settle, fail) => storing.push({ settle, fail }));
  }, limits);
  return { lines, pieces, storing };
};

/** What has become of a write by now. */
const stateOf = async (write: Promise<void>): Promise<string> =>
  Promise.race([
    write.then(
      () => 'stored',
      () => 'failed',
    ),
    new Promise<string>((settle) => setImmediate(() => settle('waiting'))),
  ]);

describe('lines that are gathered', () => {
  it('are stored in one piece, and are believed stored only then', async () => {
    const { lines, pieces, storing } = gathering();
    const writes = [lines.write([line('a'), line('b')]), lines.write([line('c')])];
    void lines.flush();
    await expect.poll(() => pieces).toEqual([['a', 'b', 'c']]);
    expect(await Promise.all(writes.map(stateOf))).toEqual(['waiting', 'waiting']);
    storing[0]?.settle();
    await Promise.all(writes);
  });

  it('are not waited with once they are many', async () => {
    const { lines, pieces } = gathering({ ...NEVER, bytes: 10 });
    void lines.write([line('1234')]);
    void lines.write([line('äö')]);
    await expect.poll(() => pieces).toEqual([['1234', 'äö']]);
  });

  it('are not waited with for long', async () => {
    const { lines, pieces } = gathering({ ...NEVER, ms: 10 });
    void lines.write([line('alone')]);
    await expect.poll(() => pieces).toEqual([['alone']]);
  });

  it('are stored one piece after another, and what failed is for the writer to give again', async () => {
    const { lines, pieces, storing } = gathering();
    const first = lines.write([line('a')]);
    first.catch(() => {});
    void lines.flush();
    const second = lines.write([line('b')]);
    const flushed = lines.flush();
    await expect.poll(() => pieces).toEqual([['a']]);
    storing[0]?.fail(new Error('full'));
    await expect(first).rejects.toThrow('full');
    await expect.poll(() => pieces).toEqual([['a'], ['b']]);
    storing[1]?.settle();
    await second;
    await flushed;
  });
});
