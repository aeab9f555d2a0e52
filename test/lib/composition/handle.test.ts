import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHandle, parseHandle } from '../../../lib/composition/handle.ts';
import { ELEMENT_NAME } from '../../../lib/element/id.ts';
import { LOCATION_NAME } from '../../../lib/location/location.ts';

const handle = fc
  .record({
    location: fc.stringMatching(LOCATION_NAME),
    name: fc.stringMatching(ELEMENT_NAME),
    nonce: fc.uuid(),
  })
  .map(({ location, name, nonce }) => ({ executorId: `executor://${location}/${name}`, nonce }));
const invalid = expect.objectContaining({ code: 'invalid-handle' });
const refuse = (text: string, deployment = 'here'): void => {
  expect(() => parseHandle(deployment, text), text).toThrow(invalid);
};

describe('a handle', () => {
  it('is parsed into its parts, and can be part of a path', () => {
    fc.assert(
      fc.property(handle, fc.string(), (parts, deployment) => {
        const text = formatHandle(deployment, parts);
        expect(parseHandle(deployment, text)).toEqual(parts);
        expect(encodeURIComponent(text)).toBe(text);
      }),
    );
  });

  it('is invalid in any other deployment', () => {
    fc.assert(
      fc.property(handle, fc.string(), fc.string(), (parts, here, there) => {
        if (here !== there) refuse(formatHandle(there, parts), here);
      }),
    );
  });

  it('is invalid with one character changed, added or removed', () => {
    const letter = fc.stringMatching(/^[A-Za-z0-9_-]$/);
    fc.assert(
      fc.property(handle, fc.nat(), letter, (parts, place, other) => {
        const text = formatHandle('here', parts);
        const at = place % text.length;
        const [before, after] = [text.slice(0, at), text.slice(at + 1)];
        if (text[at] !== other) refuse(`${before}${other}${after}`);
        refuse(`${before}${after}`);
        refuse(text.slice(0, at));
        refuse(`${text}${other}`);
      }),
    );
  });

  it('of one executor or one nonce is invalid for another', () => {
    fc.assert(
      fc.property(handle, handle, (one, other) => {
        const [a, b] = [one, other].map((parts) =>
          JSON.parse(Buffer.from(formatHandle('here', parts), 'base64url').toString()),
        );
        for (const place of [0, 1, 2, 3]) {
          if (a[place] === b[place]) continue;
          const mixed = a.with(place, b[place]);
          refuse(Buffer.from(JSON.stringify(mixed)).toString('base64url'));
        }
      }),
    );
  });

  it('is no other text', () => {
    fc.assert(fc.property(fc.string(), (text) => refuse(text)));
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        refuse(Buffer.from(JSON.stringify(value) ?? '').toString('base64url')),
      ),
    );
  });
});
