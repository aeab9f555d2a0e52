import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts';
import { wellFormedText } from './any-text.ts';

const any = () => true;
const query = fc.array(fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.string())));
const refused = expect.objectContaining({
  code: 'invalid-request',
  members: { issues: [expect.objectContaining({ path: '?cursor' })] },
});

it('a cursor contains its place, and can be part of a URL', () => {
  fc.assert(
    fc.property(query, wellFormedText(50), (of, place) => {
      const cursor = encodeCursor(of, place);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeCursor(of, cursor, any)).toBe(place);
    }),
  );
});

it('a list without a cursor begins at its start', () => {
  expect(decodeCursor(['elements'], undefined, any)).toBeUndefined();
});

it('a cursor belongs to its query', () => {
  fc.assert(
    fc.property(query, query, (of, other) => {
      fc.pre(JSON.stringify(of) !== JSON.stringify(other));
      expect(() => decodeCursor(other, encodeCursor(of, 'x'), any)).toThrow(refused);
    }),
  );
});

it('any other text as a cursor is refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
      ),
      (text) => {
        expect(() => decodeCursor(['elements'], text, any)).toThrow(refused);
      },
    ),
  );
});

it('a place that the list cannot have is refused', () => {
  const cursor = encodeCursor(['locations'], 'Not a label');
  expect(() => decodeCursor(['locations'], cursor, (place) => /^[a-z]+$/.test(place))).toThrow(refused);
});
