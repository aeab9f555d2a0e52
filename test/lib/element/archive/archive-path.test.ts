import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveRoot } from '../../../../lib/element/archive/archive-path.ts';
import { TaskportError } from '../../../../lib/errors.ts';

type Entry = Parameters<ArchiveRoot['add']>[0];

const file = (name: string): Entry => ({ name, type: 'file' });
const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname });
const hard = (name: string, linkname: string): Entry => ({ name, type: 'link', linkname });

/** The refused entry; undefined if none is refused. */
const refused = (...entries: Entry[]): unknown => {
  const root = new ArchiveRoot();
  try {
    for (const entry of entries) root.add(entry);
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
    '',
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
  ])('does not include %s', (name) => expect(refused(file(name))).toBeUndefined());

  it('includes one with a name too long for any system', () => {
    const name = 'a/'.repeat(2049);
    expect(refused(file(name))).toBe(name.slice(0, 4096));
  });
});

describe('a link', () => {
  it.each([
    link('l', '..'),
    link('a/b/l', 'c/../../../../etc'),
    link('/l', '/../x'),
    link('a/l', '../../etc/passwd'),
    link('l', '/etc/passwd'),
    link('bin', 'usr/bin'),
    link('l', 'l'),
    hard('a/l', 'b/c'),
    hard('a/l', '/b/c'),
  ])(
    'may point anywhere, since a system that follows it stays in its root: $type $name to $linkname',
    (entry) => expect(refused(entry)).toBeUndefined(),
  );

  it.each([hard('l', '../etc/passwd'), hard('a/b/l', 'x/../../y'), hard('l', '/../y')])(
    'that is hard is refused if it leaves the root: $name to $linkname',
    (entry) => expect(refused(entry)).toBe(entry.name),
  );
});

describe('an entry below a link', () => {
  const landing = (...entries: Entry[]): string | undefined => {
    const root = new ArchiveRoot();
    return entries.map((entry) => root.add(entry).place.join('/')).at(-1);
  };

  it.each([
    ['where it leads', [link('a/b', 'c'), file('a/b/x')], 'a/c/x'],
    ['where it leads from the root', [link('a/b', '/c'), file('a/b/x')], 'c/x'],
    ['where two lead', [link('l', 'm/n'), link('m', '/usr'), file('l/x')], 'usr/n/x'],
    ['by its name, where that goes back', [link('a/b', '/c'), file('a/b/../x')], 'a/x'],
    ['in the place of the link', [link('a', 'b'), file('a')], 'a'],
    [
      'by its name, where something took the place of the link',
      [link('a', 'b'), file('a'), file('a/x')],
      'a/x',
    ],
    [
      'by its name, where a directory did',
      [link('a', 'b'), { name: 'a', type: 'directory' }, file('a/x')],
      'a/x',
    ],
    ['where the link of another name leads', [link('a/l', 'b'), hard('m', 'a/l'), file('m/x')], 'b/x'],
    ['at the root, however far an absolute link climbs', [link('l', '/../../..'), file('l/x')], 'x'],
  ] as [string, Entry[], string][])('is %s', (_, entries, place) => expect(landing(...entries)).toBe(place));

  it.each([
    ['by one', [link('l', '../etc'), file('l/x')], 'l/x'],
    ['by two', [link('a/up', '..'), link('l', 'a/up/..'), file('l/x')], 'l/x'],
    ['by one that stands behind another', [link('a', '/'), link('a/l', '..'), file('l/x')], 'l/x'],
    ['by a hard link', [link('l', '..'), hard('m', 'l/x')], 'm'],
  ] as [string, Entry[], string][])('is refused where it leads out: %s', (_, entries, culprit) =>
    expect(refused(...entries)).toBe(culprit),
  );

  it('is refused if the link leads nowhere, with a limited effort', () => {
    expect(refused(link('a', 'b'), link('b', 'a'), file('a/x'))).toBe('a/x');
    const steps = Array.from({ length: 200 }, (_, at) => link(`l${at}`, `l${at + 1}/l${at + 1}`));
    expect(refused(...steps, file('l0/x'))).toBe('l0/x');
  });

  it('is followed up to a number of bytes for all entries together', () => {
    const root = new ArchiveRoot();
    const long = `${'a/../'.repeat(800)}b`;
    for (let at = 0; at < 40; at += 1)
      root.add(link(`l${at}`, at === 0 ? long : `${'./'.repeat(2000)}l${at - 1}`));
    const addAll = () => {
      for (let at = 0; at < 1_000_000; at += 1) root.add(file(`l39/${at}`));
    };
    expect(addAll).toThrow('too many links');
  });
});

describe('archives that stay inside on every system', () => {
  it('put entries at the same places on a real file system', async () => {
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
      fc.asyncProperty(links, name, async (entries, last) => {
        const root = new ArchiveRoot();
        const outside = realpathSync(mkdtempSync(join(tmpdir(), 'taskport-root-')));
        const inside = join(outside, 'root');
        await mkdir(inside);
        try {
          for (const [at, to] of entries) {
            const { place } = root.add(link(at, to));
            await unpack(inside, place.join('/'), to);
          }
          const { place } = root.add(file(last.join('/')));
          const way = resolved(join(inside, ...last.slice(0, -1)));
          // If nothing exists there yet, only the reader knows the place.
          if (way !== undefined) expect(relative(inside, way)).toBe(place.slice(0, -1).join('/'));
        } catch (error) {
          expect(error).toBeInstanceOf(TaskportError);
        } finally {
          rmSync(outside, { recursive: true });
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Creates a link in place of any other entry, like engines do; skips a link that is impossible. */
const unpack = async (root: string, at: string, to: string): Promise<void> => {
  const path = join(root, at);
  try {
    await mkdir(dirname(path), { recursive: true });
    rmSync(path, { force: true, recursive: true });
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

/** The real path by the kernel, because Node resolves `..` by text. Undefined if it leads nowhere. */
const resolved = (path: string): string | undefined => {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
};
