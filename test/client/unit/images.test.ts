/** Decisions about an image before it is sent: its names, and the groups of its layers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../client/image-reference.ts';
import { groupsOf } from '../../../client/image-sending.ts';

describe('groups of layers', () => {
  it('start each with the one before, and none exceeds the limit of references', () => {
    const digest = fc.nat(300).map(String);
    fc.assert(
      fc.property(fc.array(digest, { maxLength: 900, size: 'max' }), (digests) => {
        const groups = [...groupsOf(digests), digests];
        let from = 0;
        for (const group of groups) {
          expect(digests.slice(0, group.length)).toEqual(group);
          const own = group.slice(from);
          expect(new Set(own).size).toBeLessThanOrEqual(80);
          expect(own.length).toBeLessThanOrEqual(400);
          if (digests.length > 0) expect(own.length).toBeGreaterThan(0);
          from = group.length;
        }
      }),
      // A failure is shown as it is, because shrinking takes minutes.
      { endOnFailure: true },
    );
  });
});

describe('the name of an image', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['image://images/app', { location: 'images', repository: 'app', tag: 'latest' }],
    ['image://images/my-app__x.y:1.2', { location: 'images', repository: 'my-app__x.y', tag: '1.2' }],
    [`image://images/app@${digest}`, { location: 'images', repository: 'app', digest }],
    [`image://images/app:1@${digest}`, { location: 'images', repository: 'app', tag: '1', digest }],
  ])('is taken apart: %s', (id, reference) => {
    expect(parseReference(id)).toEqual(reference);
  });

  it.each(['App', 'app_', '-app', 'a..b', 'app:', 'app:.1', 'app:a/b', `app@${digest}0`, 'app@sha512:00'])(
    'cannot be %s',
    (name) => {
      expect(() => parseReference(`image://images/${name}`)).toThrow(TypeError);
    },
  );
});
