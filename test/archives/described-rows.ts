/** Rows of the table of accepted archives in `docs/archives.md`, compared with the reader. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ArchiveContents, measureArchive } from '../../lib/element/archive/archive.ts';
import type { PathEntry } from '../../lib/element/archive/path-entry.ts';
import { findPaths } from '../../lib/element/archive/path-index.ts';
import type { TaskportError } from '../../lib/errors.ts';
import type { Case, Found, Rows, Taken } from './row.ts';
import { rowsWithinCall } from './rows.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/archives.md'), 'utf8');

/** The table of the page: the other two columns by the first. */
export const said = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| Archive '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, what = '', answer = '', more = '']) => [what, { answer, more }] as const),
);

const INDEXED: Readonly<Record<Found, Partial<PathEntry> | undefined>> = {
  file: { type: 'file' },
  pipe: { type: 'file' },
  device: { type: 'file' },
  directory: { type: 'directory' },
  // A link is resolved when it is followed.
  symlink: { type: 'unsure' },
  gone: { whiteout: true },
  none: undefined,
};

const measure = ({ make, as }: Case, withinCall: boolean): Promise<ArchiveContents> =>
  measureArchive(make(), { isLayer: as === 'image', withinCall });

/** The entries in the index of an archive at the paths of a tree. */
const indexed = async ({ paths }: ArchiveContents, tree: Taken['tree']) => {
  if (Object.keys(tree).length === 0) return {};
  const pieces = async function* () {
    if (paths) yield paths;
  };
  return Object.fromEntries(await findPaths(pieces(), Object.keys(tree)));
};

/** Tests the statement of each row. */
export const describeRows = (rows: Rows): void =>
  describe.each(Object.entries(rows))('%s', (what, cases) => {
    it('is answered as the page says', () => {
      const answers = Object.values(cases).map(({ answer }) => ('code' in answer ? 'refused' : 'taken'));
      expect(new Set(answers)).toEqual(new Set([said.get(what)?.answer]));
      expect(answers).not.toEqual([]);
    });

    it('names the engine that differs', () => {
      const others = Object.values(cases).flatMap((each) => each.others);
      const { more = '' } = said.get(what) ?? {};
      if (others.includes('docker')) expect(more).toContain('Docker');
      if (others.includes('containerd')) expect(more).toContain('containerd');
    });

    const [taken, refused] = [true, false].map((isTaken) =>
      Object.entries(cases).filter(([, { answer }]) => 'unpackedSize' in answer === isTaken),
    ) as [[string, Case][], [string, Case][]];

    it.for(taken)('is accepted: %s', async ([, each]) => {
      const { unpackedSize, tree } = each.answer as Taken;
      const contents = await measure(each, rowsWithinCall.has(what));
      expect(contents.unpackedSize).toBe(unpackedSize);
      const expected = Object.entries(tree).filter(([, found]) => INDEXED[found]);
      const actual = await indexed(contents, tree);
      expect(actual).toMatchObject(
        Object.fromEntries(expected.map(([path, found]) => [path, INDEXED[found]])),
      );
      expect(Object.keys(actual).toSorted()).toEqual(expected.map(([path]) => path).toSorted());
    });

    it.for(refused)(
      'is refused, with the entry and a remedy: %s',

      async ([, each]) => {
        const { answer } = each;
        if (!('code' in answer)) throw new Error('it is taken');
        const error = await measure(each, rowsWithinCall.has(what)).then(
          () => undefined,
          (problem: TaskportError) => problem,
        );
        expect(error).toMatchObject({ code: answer.code, message: expect.stringContaining(answer.wayOut) });
        expect(error?.members.entry).toBe(answer.entry);
      },
    );
  });
