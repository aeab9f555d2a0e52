import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOf, type LogEntry } from '../../../cli/docker/log-entry.ts';
import { EARLIER_SECONDS, markOf, OutputLines, secondsOf } from '../../../cli/docker/output-lines.ts';
import type { Line } from '../../../lib/execution/log-sink.ts';

const PIECE = 16 * 1024;

/** A line of a task, and the time since the one before: often in the very same nanosecond. */
interface Written {
  readonly text: string;
  readonly later: number;
}

const timeOf = (nanoseconds: number): string =>
  `2026-01-31T12:00:00.${String(nanoseconds).padStart(9, '0')}Z`;

/** The log of an engine: entries in frames. Long lines are in pieces with one time; the last piece may or may not say that the line ends. */
const logOf = (
  lines: readonly Written[],
  saysEnds: boolean,
): { readonly at: number; readonly frame: Buffer }[] => {
  let now = 0;
  return lines.flatMap(({ text, later }) => {
    now += later;
    const bytes = Buffer.from(text);
    const pieces = [];
    for (let from = 0; ; from += PIECE) {
      const isLast = from + PIECE > bytes.length;
      const isWhole = isLast && (saysEnds || bytes.length < PIECE);
      const content = [timeOf(now), ' ', bytes.subarray(from, from + PIECE), isWhole ? '\n' : ''];
      const payload = Buffer.concat(content.map((each) => Buffer.from(each)));
      const header = Buffer.alloc(8);
      header[0] = 1;
      header.writeUInt32BE(payload.length, 4);
      pieces.push({ at: now, frame: Buffer.concat([header, payload]) });
      if (isLast) return pieces;
    }
  });
};

/** Reads the log after a mark, in chunks of any size. */
const read = async (log: ReturnType<typeof logOf>, chunkSize: number, after?: string): Promise<Line[]> => {
  const bytes = Buffer.concat(log.map(({ frame }) => frame));
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
  };
  const lines = new OutputLines(after);
  const found: Line[] = [];
  for await (const entries of entriesOf(chunks(), false))
    found.push(...entries.flatMap((entry) => lines.push(entry)));
  return [...found, ...lines.end()];
};

const written = fc.array(
  fc.record({
    text: fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' ')),
      fc
        .constantFrom(PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 5)
        .map((length) => 'x'.repeat(length)),
      fc.constantFrom(PIECE - 1, 2 * PIECE - 2).map((length) => `${'y'.repeat(length)}𝄞`),
    ),
    later: fc.constantFrom(0, 0, 1, 400, 1_000_000),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('the output of a container', () => {
  it('is read unchanged, and continues after any of its lines, from any earlier start', async () => {
    await fc.assert(
      fc.asyncProperty(
        written,
        fc.boolean(),
        fc.integer({ min: 100, max: 40_000 }),
        fc.nat(),
        fc.nat(),
        async (lines, saysEnds, chunkSize, stop, earlier) => {
          // For lines in pieces with the same time, an engine that does not mark ends leaves them ambiguous.
          const told = lines.map((line) => ({
            ...line,
            later: Buffer.byteLength(line.text) >= PIECE ? line.later + 1 : line.later,
          }));
          const apart = told.map((line, at) =>
            Buffer.byteLength(told[at - 1]?.text ?? '') >= PIECE ? { ...line, later: line.later + 1 } : line,
          );
          const log = logOf(apart, saysEnds);
          const whole = await read(log, chunkSize);
          expect(whole.map(({ text }) => text)).toEqual(lines.map(({ text }) => text));
          const marks = whole.map(({ mark = '' }) => mark);
          expect(marks).toEqual(marks.toSorted());
          expect(new Set(marks).size).toBe(marks.length);
          const last = whole[stop % whole.length] as Line;
          // An engine gives the entries from a time on.
          const since = log.findIndex(({ at }) => timeOf(at) === last.at);
          const from = log.findIndex(({ at }) => at === log[since - (earlier % (since + 1))]?.at);
          const rest = await read(log.slice(from), chunkSize, last.mark);
          expect(rest).toEqual(whole.slice((stop % whole.length) + 1));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has marks in its order, and continues after any of them, although the clock was set back', () => {
    const steps = fc.array(fc.constantFrom(0, 1, 3, 40, 7_200, -40, -3_600, -7_200), { maxLength: 12 });
    const start = Date.parse('2026-01-31T12:00:00Z');
    const sinceOf = (mark: string): number => Math.floor(secondsOf(mark)) - EARLIER_SECONDS;
    /** Reads as the runner does, from shortly before a mark. */
    const readFrom = (log: readonly LogEntry[], mark?: string): Line[] => {
      const lines = new OutputLines(mark);
      return log
        .filter(({ at }) => mark === undefined || secondsOf(at) >= sinceOf(mark))
        .flatMap((entry) => lines.push(entry));
    };
    fc.assert(
      fc.property(steps, (given) => {
        let seconds = 0;
        const log = [0, ...given].map((step, nth) => {
          seconds += step;
          const at = new Date(start + seconds * 1_000).toISOString().replace('Z', '000000Z');
          return { at, bytes: Buffer.from(`${nth}`), isWhole: true };
        });
        const whole = readFrom(log);
        expect(whole.map(({ text }) => text)).toEqual(log.map(({ bytes }) => String(bytes)));
        const marks = whole.map(({ mark = '' }) => mark);
        expect(marks).toEqual(marks.toSorted());
        expect(new Set(marks).size).toBe(marks.length);
        for (const mark of marks) expect(mark.length).toBeLessThanOrEqual(64);
        for (const [at, { mark = '' }] of whole.entries()) {
          // An engine does not answer entries from long before the mark by its clock.
          if (log.slice(at + 1).some((entry) => secondsOf(entry.at) < sinceOf(mark))) continue;
          expect(readFrom(log, mark)).toEqual(whole.slice(at + 1));
        }
      }),
    );
  });

  it('has marks in its order for any number of entries of one time', () => {
    const marks = [1, 999_999, 1_000_000, 12_345_678].map((nth) => markOf(timeOf(7), nth, 3_600));
    expect(marks).toEqual(marks.toSorted());
    for (const mark of marks) expect(mark.length).toBeLessThanOrEqual(64);
  });

  it('is read once if the engine repeats a part, and is then read again', () => {
    const entries = [5, 6, 7, 8, 6, 7, 8, 9].map((nanoseconds) => ({
      at: timeOf(nanoseconds),
      bytes: Buffer.from(`${nanoseconds}`),
      isWhole: true,
    }));
    const lines = new OutputLines(undefined);
    const taken = entries.flatMap((entry) => lines.push(entry));
    expect([taken.map(({ text }) => text), lines.isRepeated]).toEqual([['5', '6', '7', '8'], true]);
    const again = new OutputLines(taken.at(-1)?.mark);
    const rest = [...entries.slice(0, 4), ...entries.slice(7)].flatMap((entry) => again.push(entry));
    expect([rest.map(({ text }) => text), again.isRepeated]).toEqual([['9'], false]);
  });

  it('is read from Podman too, whose times have offsets and a varying number of digits', async () => {
    const payloads = [
      '2026-01-31T12:00:00Z a\n',
      '2026-01-31T14:00:00.000000001+02:00 b\n',
      '2026-01-31T14:00:00.5+02:00 c\n',
    ];
    const frames = payloads.map((payload) => {
      const header = Buffer.alloc(8);
      header.writeUInt32BE(payload.length, 4);
      return { at: 0, frame: Buffer.concat([header, Buffer.from(payload)]) };
    });
    expect((await read(frames, 7)).map(({ at, text }) => [at, text])).toEqual([
      ['2026-01-31T12:00:00.000000000Z', 'a'],
      ['2026-01-31T12:00:00.000000001Z', 'b'],
      ['2026-01-31T12:00:00.500000000Z', 'c'],
    ]);
  });
});
