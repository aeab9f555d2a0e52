import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveRoot } from '../../../lib/element/archive-path.ts';
import { TaskportError } from '../../../lib/errors.ts';

type Entry = Parameters<ArchiveRoot['add']>[0];

const file = (name: string): Entry => ({ name, type: 'file' });
const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname });
const hard = (name: string, linkname: string): Entry => ({ name, type: 'link', linkname });

/** The entry that is refused, or undefined where none is. */
const refused = (...entries: Entry[]): unknown => {
  const root = new ArchiveRoot();
  try {
    for (const entry of entries) root.add(entry);
    root.close();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(TaskportError);
    expect((error as TaskportError).code).toBe('data-error');
    return (error as TaskportError).members.entry;
  }
};

describe('an entry that climbs out of the root', () => {
  it.each(['..', '../x', './../x', 'a/../../x', 'a/b/../../../x', '/..', '/../etc/passwd', 'a//../../x'])(
    'is refused by name: %s',
    (name) => expect(refused(file('fine'), file(name))).toBe(name),
  );

  it.each([
    'a',
    './a',
    '/a',
    'a/..',
    'a/../b',
    '/etc/passwd',
    'a/./b',
    '..a',
    'a..',
    '...',
    'a/...',
    '.',
    './',
  ])('is not %s', (name) => expect(refused(file(name))).toBeUndefined());

  it('is also one that has a name too long for any system', () => {
    const name = 'a/'.repeat(2049);
    expect(refused(file(name))).toBe(name.slice(0, 4096));
  });
});

describe('a link that points out of the root', () => {
  it.each([
    link('l', '..'),
    link('l', '../etc'),
    link('a/l', '../../etc'),
    link('a/b/l', 'c/../../../../etc'),
    link('/l', '../x'),
    link('l', '/../x'),
    hard('l', '../etc/passwd'),
    hard('a/b/l', 'x/../../y'),
  ])('is refused by name: $type $name to $linkname', (entry) => expect(refused(entry)).toBe(entry.name));

  it.each([
    link('a/l', '..'),
    link('a/l', '../etc'),
    link('a/b/l', '../../etc/passwd'),
    link('l', '/etc/passwd'),
    link('bin', 'usr/bin'),
    link('l', 'l'),
    hard('a/l', 'b/c'),
    hard('a/l', '/b/c'),
  ])('is not $type $name to $linkname', (entry) => expect(refused(entry)).toBeUndefined());
});

describe('a way out by several links', () => {
  it.each([
    ['a name through a link', [link('a/b', '..'), file('a/b/../x')], 'a/b/../x'],
    ['a name through an absolute link', [link('a/b/c', '/'), file('a/b/c/../x')], 'a/b/c/../x'],
    ['a link that stands behind another', [link('a/b/c', '/'), link('a/b/c/l', '../etc')], 'a/b/c/l'],
    ['a link to a link', [link('a/up', '..'), link('l', 'a/up/../etc')], 'l'],
    ['a hard link through a link', [link('a/up', '..'), hard('l', 'a/up/../etc')], 'l'],
    ['a link whose way is built later', [link('l', 'a/b/../x'), link('a/b', '/')], 'l'],
    ['a link under another name', [link('x', 'a'), link('x/up', '..'), file('a/up/../y')], 'a/up/../y'],
  ])('is found: %s', (_, entries, culprit) => expect(refused(...entries)).toBe(culprit));

  it('is none where the link was replaced meanwhile', () => {
    expect(refused(link('a/b', '..'), file('a/b'), file('a/b/../x'))).toBeUndefined();
  });

  it('is no reason to follow links for ever', () => {
    expect(refused(link('a', 'b'), link('b', 'a'), file('a/x'))).toBeUndefined();
    const steps = Array.from({ length: 200 }, (_, at) => link(`l${at}`, `l${at + 1}/l${at + 1}`));
    expect(refused(...steps)).toBeUndefined();
  });

  it('is found wherever a real file system would lead out', async () => {
    const step = fc.constantFrom('a', 'b', 'c', '..', '.');
    const path = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join('/'));
    const name = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
    const links = fc.array(
      fc.tuple(
        name.map((steps) => steps.join('/')),
        path,
      ),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(links, async (entries) => {
        if (refused(...entries.map(([at, to]) => link(at, to))) !== undefined) return;
        const outside = realpathSync(mkdtempSync(join(tmpdir(), 'taskport-root-')));
        const root = join(outside, 'root');
        await mkdir(root);
        await writeFile(join(outside, 'secret'), '');
        try {
          for (const [at, to] of entries) await unpack(root, at, to);
          for (const [at] of entries) {
            const way = resolved(join(root, at));
            if (way !== undefined) expect(relative(root, way)).not.toMatch(/^\.\./);
          }
        } finally {
          rmSync(outside, { recursive: true });
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Puts a link where a name says, following what is there already, as an unpacker does; what cannot be put is left out. */
const unpack = async (root: string, at: string, to: string): Promise<void> => {
  const path = join(root, at);
  try {
    await mkdir(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    await symlink(to, path);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBeOneOf([
      'ENOENT',
      'ELOOP',
      'EEXIST',
      'ENOTDIR',
      'EISDIR',
      'ERR_FS_EISDIR',
    ]);
  }
};

/** Where a path really leads; undefined where it leads nowhere. */
const resolved = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};
