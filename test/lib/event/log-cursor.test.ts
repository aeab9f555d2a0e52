import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskportError } from '../../../lib/errors.ts';
import type { Place } from '../../../lib/event/event-log.ts';
import { decodePlace, encodePlace } from '../../../lib/event/log-cursor.ts';

const position = fc.nat({ max: 10 ** 15 - 1 });
const former: fc.Arbitrary<Place> = fc.record({ positions: fc.tuple(position) });
const sharded: fc.Arbitrary<Place> = fc.record(
  {
    log: fc.stringMatching(/^[0-9a-f]{8}$/),
    location: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
    positions: fc.array(position, { minLength: 1, maxLength: 64 }),
  },
  { requiredKeys: ['log', 'positions'] },
);
const place = fc.oneof(former, sharded);

/** The place of a cursor; undefined if it is refused as an invalid request. */
const decode = (text: string): Place | undefined => {
  try {
    return decodePlace(text);
  } catch (error) {
    expect(error).toBeInstanceOf(TaskportError);
    expect((error as TaskportError).code).toBe('invalid-request');
    return undefined;
  }
};

describe('a cursor of the log', () => {
  it('is decoded to the same place', () => {
    fc.assert(
      fc.property(place, (each) => {
        expect(decodePlace(encodePlace(each))).toEqual(each);
      }),
    );
  });

  it('is equal for equal places, so that a reader sees that nothing has changed', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(encodePlace(a) === encodePlace(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('from before shards is still valid', () => {
    // An answer for position 1234 at that time.
    expect(decodePlace('WyJqU3Q2UmNBZlJoZ3NvYXQ0IiwiMTIzNCJd')).toEqual({ positions: [1234] });
  });

  it('is valid or refused after any damage', () => {
    const change = fc.record({
      at: fc.nat(),
      removed: fc.nat({ max: 20 }),
      put: fc.string({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(place, change, (each, { at, removed, put }) => {
        const text = encodePlace(each);
        const from = at % (text.length + 1);
        const found = decode(text.slice(0, from) + put + text.slice(from + removed));
        if (found) expect(found.positions.every(Number.isSafeInteger)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(place, fc.string({ maxLength: 40 }), (each, put) => {
        const [digest] = JSON.parse(Buffer.from(encodePlace(each), 'base64url').toString()) as string[];
        const found = decode(Buffer.from(JSON.stringify([digest, put])).toString('base64url'));
        if (found) expect(decodePlace(encodePlace(found))).toEqual(found);
      }),
    );
  });
});
