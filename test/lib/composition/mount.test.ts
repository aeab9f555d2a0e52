import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mountRequest, toMount } from '../../../lib/composition/mount.ts';

/** Names that a file system accepts. */
const segment = fc
  .oneof(fc.stringMatching(/^[a-z.]{1,6}$/), fc.string({ minLength: 1, maxLength: 6 }))
  .map((text) => text.replaceAll(/[/\0]/g, '_').toWellFormed())
  .filter((text) => text !== '.' && text !== '..');
const KERNELS = ['proc', 'sys', 'dev'];
const segments = fc.array(segment, { maxLength: 5 }).filter(([first = '']) => !KERNELS.includes(first));
const noise = fc.constantFrom('/', '//', '/./', '///', '/././');

const parse = (request: unknown) => mountRequest.safeParse(request);
const normal = (path: string) => toMount(mountRequest.parse({ path })).path;

describe('a mount', () => {
  it('is writable and persists by default', () => {
    expect(toMount(mountRequest.parse({ path: '/a' }))).toEqual({
      path: '/a',
      readOnly: false,
      persistent: true,
    });
    const said = { path: '/a', readOnly: true, persistent: false };
    expect(toMount(mountRequest.parse(said))).toEqual(said);
  });

  it('has one path, for any spelling', () => {
    const written = fc.tuple(segments, fc.infiniteStream(noise), fc.constantFrom('', '/', '/.', '//'));
    fc.assert(
      fc.property(written, ([names, between, end]) => {
        const path = names.map((name) => `${between.next().value}${name}`).join('');
        expect(normal(`${path}${end}` || '/')).toBe(`/${names.join('/')}`);
      }),
    );
  });

  it('has a path in normal form', () => {
    fc.assert(
      fc.property(segments, (names) => {
        const path = normal(`/${names.join('/')}/`);
        expect(normal(path)).toBe(path);
      }),
    );
  });

  it('has an absolute path', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        if (!text.startsWith('/')) expect(parse({ path: text }).success).toBe(false);
      }),
    );
  });

  it('never climbs, wherever `..` is; names may begin or end with dots', () => {
    fc.assert(
      fc.property(segments, segments, (before, after) => {
        const path = `/${[...before, '..', ...after].join('/')}`;
        expect(parse({ path }).success).toBe(false);
      }),
    );
    for (const path of ['/...', '/..a', '/a..', '/a/..b/c..']) expect(normal(path)).toBe(path);
  });

  it('is never where the kernel has its own files, for any spelling', () => {
    for (const path of [
      '/proc',
      '/proc/',
      '//proc',
      '/./proc/sys',
      '/sys',
      '/sys/fs/cgroup',
      '/dev',
      '/dev/',
    ]) {
      expect(parse({ path }).success, path).toBe(false);
    }
    for (const path of ['/dev/shm', '/process', '/system', '/devel', '/opt/proc', '/opt/sys/x']) {
      expect(normal(path)).toBe(path);
    }
  });

  it('has no NUL, no lone surrogate, and no unknown fields', () => {
    for (const path of ['/\0', '/a\0b', '/\udc00', '']) expect(parse({ path }).success).toBe(false);
    expect(parse({ path: '/a', source: '/b' }).success).toBe(false);
    expect(parse({}).success).toBe(false);
    expect(parse({ path: '/a', readOnly: 'yes' }).success).toBe(false);
  });
});
