/** The entry of an archive at a path, for a later mount there. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureArchive } from '../../../../lib/element/archive/archive.ts';
import { findPaths, MAX_PATHS, PathIndex } from '../../../../lib/element/archive/path-index.ts';
import { type ArchiveEntry, archiveOf } from '../../../uploading.ts';

/** The index in chunks of this many bytes. */
const inPieces = async function* (index: Uint8Array, size = 1024): AsyncIterable<Uint8Array> {
  for (let at = 0; at < index.length; at += size) yield index.subarray(at, at + size);
};
const indexOf = async (...entries: ArchiveEntry[]): Promise<Uint8Array> =>
  (await measureArchive(gzipSync(await archiveOf(...entries)))).paths as Uint8Array;

/** The entry at a path of an archive; `whiteout` and `opaque` concern entries of older archives. */
const at = async (path: string, ...entries: ArchiveEntry[]): Promise<string> => {
  const entry = (await findPaths(inPieces(await indexOf(...entries)), [path])).get(path);
  const marks = [entry?.whiteout && 'whiteout', entry?.opaque && 'opaque'].filter(Boolean);
  return [entry?.type ?? 'nothing', ...marks].join(' ');
};

const file = (name: string): ArchiveEntry => ({ name, content: 'x' });
const directory = (name: string): ArchiveEntry => ({ name, type: 'directory' });
const link = (name: string, linkname: string): ArchiveEntry => ({ name, type: 'symlink', linkname });
const hard = (name: string, linkname: string): ArchiveEntry => ({ name, type: 'link', linkname });

describe('the entry of an archive at a path', () => {
  it.each<[string, ArchiveEntry, string]>([
    ['a file', file('opt'), 'file'],
    ['a file by another name of its path', file('./usr/..//opt'), 'file'],
    ['a file by a name that goes through nothing', file('in/../opt'), 'file'],
    ['a file by an absolute name', file('/opt'), 'file'],
    ['a device', { name: 'opt', type: 'character-device' }, 'file'],
    ['a pipe', { name: 'opt', type: 'fifo' }, 'file'],
    ['a directory', directory('opt/'), 'directory'],
    ['a directory on the way to an entry', file('opt/a/b'), 'directory'],
    ['a symbolic link', link('opt', 'usr'), 'unsure'],
    ['nothing but what takes away what was there', file('.wh.opt'), 'nothing whiteout'],
    ['a directory that hides what was in it', file('opt/.wh..wh..opq'), 'directory opaque'],
    ['nothing, where all is elsewhere', file('opt2'), 'nothing'],
  ])('is %s', async (_, entry, expected) => expect(await at('opt', entry)).toBe(expected));

  it.each<[string, ArchiveEntry[], string]>([
    ['the last of several entries', [directory('opt'), file('opt')], 'file'],
    ['the last, the other way about', [file('opt'), directory('opt')], 'directory'],
    ['a file in the place of a link', [link('opt', 'usr'), file('opt')], 'file'],
    ['a hard link to a link, which is a link', [link('l', 'usr'), hard('opt', './l')], 'unsure'],
    ['a hard link to a file', [file('l'), hard('opt', '/l')], 'file'],
    ['both, what hides the elder and what is new', [file('.wh.opt'), file('opt')], 'file whiteout'],
    ['a link or a directory, as the unpacker has it', [link('opt', 'usr'), directory('opt')], 'unsure'],
    ['a directory said twice', [file('opt/x'), directory('opt')], 'directory'],
    ['said neither way for sure: a full directory as a file', [file('opt/x'), file('opt')], 'unsure'],
  ])('is %s', async (_, entries, expected) => expect(await at('opt', ...entries)).toBe(expected));

  it('is found through links', async () => {
    const entries = [directory('usr'), link('opt', 'usr'), file('opt/tool')];
    expect(await at('usr/tool', ...entries)).toBe('file');
    expect(await at('opt/tool', ...entries)).toBe('nothing');
    expect(await at('opt', ...entries)).toBe('unsure');
  });

  it('is found for any chunks of the index, and nothing else is', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,3}){0,2}$/), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(names, names, fc.integer({ min: 1, max: 40 }), async (present, asked, size) => {
        const found = await findPaths(inPieces(await indexOf(...present.map(directory)), size), asked);
        const isThere = (path: string) =>
          present.some((name) => name === path || name.startsWith(`${path}/`));
        expect([...found.keys()].sort()).toEqual(asked.filter(isThere).sort());
      }),
      { numRuns: 60 },
    );
  });
});

describe('the index of an archive', () => {
  it('takes seven bytes a path', async () => {
    expect(await indexOf()).toHaveLength(0);
    const index = await indexOf(file('a/b'), file('a/c'), file('a/.wh.d'));
    expect(index).toHaveLength(4 * 7);
    // The index keeps that `a` is a directory, however it became one.
    expect([...index.filter((_, position) => position % 7 === 6)]).toEqual([2, 1, 1, 4]);
  });

  it('is kept up to a number of paths, and not above', () => {
    const index = new PathIndex();
    for (let count = 0; count < MAX_PATHS; count += 1) index.add([String(count)], { type: 'file' });
    expect(index.encode()).toHaveLength(MAX_PATHS * 7);
    index.add(['0'], { type: 'directory' });
    expect(index.encode()).toHaveLength(MAX_PATHS * 7);
    index.add(['one more'], { type: 'file' });
    expect(index.encode()).toBeUndefined();
    index.add(['and another'], { type: 'file' });
    expect(index.encode()).toBeUndefined();
  });
});
