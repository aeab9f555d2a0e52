import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf, eventsOf, splitText } from '../../../../lib/adapters/cloudwatch/log-events.ts';
import {
  formatLogUri,
  parseLogUri,
  streamNameOf,
} from '../../../../lib/adapters/cloudwatch/log-stream-name.ts';

const at = (seconds: number): string => new Date(1_800_000_000_000 + seconds * 1000).toISOString();

describe('lines for CloudWatch Logs', () => {
  it('are split between characters if an event would be too large', () => {
    expect(splitText('aaaa', 4)).toEqual(['aaaa']);
    expect(splitText('aaaaa', 4)).toEqual(['aaaa', 'a']);
    expect(splitText('aaaä€', 4)).toEqual(['aaa', 'ä', '€']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const pieces = splitText(text, 5);
        expect(pieces.join('')).toBe(text);
        expect(pieces.every((piece) => Buffer.byteLength(piece) <= 5)).toBe(true);
      }),
    );
  });

  it('are split at 256 KiB, including the overhead of each event', () => {
    const [first, second] = eventsOf([{ at: at(0), text: 'x'.repeat(262_144) }]);
    expect(first?.message.length).toBe(262_144 - 26);
    expect(second?.message.length).toBe(26);
  });

  it('are sorted by time, stable for equal times, and none is empty', () => {
    const lines = [
      { at: at(2), text: 'c' },
      { at: at(1), text: 'a' },
      { at: at(1), text: '' },
    ];
    expect(eventsOf(lines).map(({ message }) => message)).toEqual(['a', ' ', 'c']);
  });

  it.each([
    ['10,000 events', Array.from({ length: 10_001 }, () => ({ timestamp: 1, message: 'm' })), [10_000, 1]],
    [
      'a MiB with 26 bytes an event',
      Array.from({ length: 1025 }, () => ({ timestamp: 1, message: 'x'.repeat(1024 - 26) })),
      [1024, 1],
    ],
    [
      'less than a day',
      [0, 86_399_999, 86_400_000, 86_400_001].map((timestamp) => ({ timestamp, message: 'm' })),
      [2, 2],
    ],
    ['nothing', [], []],
  ])('go in batches of at most %s', (_, events, sizes) => {
    const batches = batchesOf(events);
    expect(batches.map(({ length }) => length)).toEqual(sizes);
    expect(batches.flat()).toEqual(events);
  });
});

describe('the log stream of an attempt', () => {
  const attempt = { executorId: 'executor://boxes/a:1', taskId: 'task://jobs/one', attempt: 2 };

  it('has a name of its own, without characters that CloudWatch refuses', () => {
    expect(streamNameOf('prod', attempt, 'stderr')).toBe('prod/boxes/a%3A1/jobs/one/2/stderr');
    expect(streamNameOf(undefined, attempt, 'stdout')).toBe('boxes/a%3A1/jobs/one/2/stdout');
  });

  it('is found again by its URI', () => {
    const place = {
      region: 'eu-central-1',
      group: '/jobs/app',
      stream: streamNameOf('prod', attempt, 'stdout'),
    };
    expect(parseLogUri(formatLogUri(place))).toEqual(place);
    expect(() => parseLogUri('cloudwatch://eu-central-1/group')).toThrow(TypeError);
  });
});
