import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOfReference, normalizedReference } from '../../../client/registry-reference.ts';
import { ELEMENT_NAME } from '../../../lib/element/id.ts';

describe('images of a registry', () => {
  const DIGEST = `sha256:${'a'.repeat(64)}`;

  it.each([
    ['alpine', 'docker.io/library/alpine:latest', 'alpine-latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine-3.20'],
    ['grafana/grafana:11', 'docker.io/grafana/grafana:11', 'grafana-grafana-11'],
    ['index.docker.io/library/alpine:3', 'docker.io/library/alpine:3', 'alpine-3'],
    ['ghcr.io/x/y:1', 'ghcr.io/x/y:1', 'ghcr.io-x-y-1'],
    ['localhost:5000/app:1', 'localhost:5000/app:1', 'localhost-5000-app-1'],
    [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`, `alpine-sha256-${'a'.repeat(64)}`],
  ])('are meant as docker means them: %s', (text, reference, name) => {
    expect(normalizedReference(text)).toBe(reference);
    expect(nameOfReference(reference)).toBe(name);
  });

  it.each(['', 'Alpine', 'Ghcr/x', 'a b', '-x', 'alpine:', 'alpine@sha256:1', '/x', 'x//y'])(
    'cannot be %j',
    (text) => expect(() => normalizedReference(text)).toThrow(TypeError),
  );

  it('have stand-ins with valid names', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,80}(?:[._-][a-z0-9]{1,80})?$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), part, (path, tag) => {
        const reference = `docker.io/${path.join('/')}:${tag}`;
        for (const isOther of [false, true])
          expect(nameOfReference(reference, isOther)).toMatch(ELEMENT_NAME);
      }),
    );
  });

  it('have distinct stand-ins if names were cut, or are in use', () => {
    const long = `docker.io/${'a'.repeat(210)}`;
    const names = [nameOfReference(`${long}:1`), nameOfReference(`${long}:2`)];
    expect(new Set(names).size).toBe(2);
    expect(nameOfReference('ghcr.io/x/y:1', true)).toBe('ghcr.io-x-y-1-10c59a344beb');
  });
});
