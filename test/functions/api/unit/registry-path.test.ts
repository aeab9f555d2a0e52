import { describe, expect, it } from 'vitest';
import { readName, readPath, readReference } from '../../../../functions/api/registry/registry-path.ts';

const HEX = 'ab'.repeat(32);

describe('a path below /v2/', () => {
  it.each([
    ['/v2', { endpoint: 'version' }],
    ['/v2/', { endpoint: 'version' }],
    ['/v2/_catalog', { endpoint: 'catalog' }],
    ['/v2/token', { endpoint: 'token' }],
    ['/v2/l/app/manifests/1.2', { endpoint: 'manifests', name: 'l/app', reference: '1.2' }],
    ['/v2/l/app/manifests/', { endpoint: 'manifests', name: 'l/app', reference: '' }],
    ['/v2/l/app/blobs/sha256:00', { endpoint: 'blobs', name: 'l/app', reference: 'sha256:00' }],
    ['/v2/l/app/blobs/uploads/', { endpoint: 'uploads', name: 'l/app' }],
    ['/v2/l/app/blobs/uploads/some-session', { endpoint: 'uploads', name: 'l/app' }],
    ['/v2/l/app/blobs/uploads', { endpoint: 'uploads', name: 'l/app' }],
    ['/v2/l/app/tags/list', { endpoint: 'tags', name: 'l/app' }],
    ['/v2/l/app/referrers/sha256:00', { endpoint: 'referrers', name: 'l/app', reference: 'sha256:00' }],
    // A repository may have the name of an endpoint.
    ['/v2/l/tags/manifests/list', { endpoint: 'manifests', name: 'l/tags', reference: 'list' }],
    ['/v2/l/manifests/tags/list', { endpoint: 'tags', name: 'l/manifests' }],
    ['/v2/a/b/c/manifests/x', { endpoint: 'manifests', name: 'a/b/c', reference: 'x' }],
  ])('%s', (path, asked) => {
    expect(readPath(path)).toEqual(asked);
  });

  it.each(['/v2/x', '/v2/l/app', '/v2/l/app/tags', '/v2/l/app/tags/1', '/v2/manifests/x', '/v2//'])(
    '%s is invalid',
    (path) => {
      expect(readPath(path)).toBeUndefined();
    },
  );
});

describe('a name', () => {
  it.each(['l/app', 'l/a.b', 'l/a_b', 'l/a__b', 'l/a---b', 'my-images/0'])('%s is a repository', (name) => {
    expect(readName(name)).toEqual({ location: name.split('/')[0], name: name.split('/')[1] });
  });

  it.each(['app', 'a/b/c', 'l.m/app', 'l_m/app'])('%s may be one elsewhere', (name) => {
    expect(readName(name)).toBeUndefined();
  });

  it.each([
    '',
    'L/app',
    'l/App',
    'l/a..b',
    'l/-a',
    'l/a-',
    'l/a___b',
    'l//a',
    '/a',
    'l/a/',
    'l/ä',
    'l/a%20',
    'l/a b',
    `l/${'a'.repeat(254)}`,
  ])('%s is invalid', (name) => {
    expect(() => readName(name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  });
});

describe('a reference', () => {
  it.each([
    '1',
    'latest',
    '_x',
    'A.b-c_d',
    'a'.repeat(128),
    `sha256:${HEX}`,
    `sha512:${HEX}${HEX}`,
    'other+x:abc=',
  ])('%s is valid', (reference) => {
    expect(readReference(reference)).toBe(reference);
  });

  it.each(['', '.a', '-a', 'a b', 'a/b', 'ä', 'a%20', 'a'.repeat(129)])('%s is no tag', (reference) => {
    expect(() => readReference(reference)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
  });

  it.each([
    'sha256:',
    'sha256:ab',
    `sha256:${HEX.toUpperCase()}`,
    `sha256:${HEX}0`,
    `sha512:${HEX}`,
    ':',
    `:${HEX}`,
    `sha256:${HEX}:`,
    `SHA256:${HEX}`,
    `sha256:${HEX.slice(1)}g`,
  ])('%s is no digest', (reference) => {
    expect(() => readReference(reference)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }));
  });
});
