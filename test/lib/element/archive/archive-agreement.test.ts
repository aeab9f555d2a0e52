/** The reader of archives compared with GNU tar and Python's tarfile. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { lstat, mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureArchive } from '../../../../lib/element/archive/archive.ts';
import { ArchiveRoot } from '../../../../lib/element/archive/archive-path.ts';
import { ByteSource } from '../../../../lib/element/archive/byte-source.ts';
import { readTar, type TarEntry } from '../../../../lib/element/archive/tar-reader.ts';
import {
  archive,
  base256,
  directory,
  entry,
  extended,
  hardLink,
  long,
  oldSparse,
  paxSparse,
  symlink as symlinkEntry,
} from '../../../archives/tar-bytes.ts';
import { titled } from '../../../bundle.ts';

const has = (program: string, said: string): boolean =>
  spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.includes(said) ?? false;
const withoutTar = has('tar', 'GNU tar') ? undefined : 'there is no GNU tar';
const withoutPython = has('python3', 'Python') ? undefined : 'there is no Python';

/** A line for each path of an archive or a tree: its type, the size of files, the targets of links. */
const lineOf = (path: string, type: string, size: number | bigint, target: string): string =>
  [path, type, type === 'file' ? size : '', type.endsWith('link') ? target : ''].join(' ');

/** The entries by our reader. */
const read = async (bytes: Uint8Array): Promise<string[]> => {
  const root = new ArchiveRoot();
  const lines: string[] = [];
  const visit = (found: TarEntry) => {
    const { place, target } = root.add(found);
    lines.push(lineOf(place.join('/'), found.type, found.size, target ? target.join('/') : found.linkname));
    return undefined;
  };
  const pieces = async function* () {
    yield bytes;
  };
  await readTar(new ByteSource(pieces()), visit);
  return lines;
};

const PYTHON = `
import json, os, sys, tarfile
TYPES = {tarfile.LNKTYPE: 'link', tarfile.SYMTYPE: 'symlink', tarfile.DIRTYPE: 'directory', tarfile.FIFOTYPE: 'fifo'}
def raw(text): return os.fsencode(text).decode('latin1')
for path in sys.argv[1:]:
    with tarfile.open(path) as found:
        print(json.dumps([[raw(os.path.normpath(each.name)), TYPES.get(each.type, 'file'), each.size, raw(each.linkname)] for each in found]))
`;

const readByPython = (paths: readonly string[]): string[][] =>
  execFileSync('python3', ['-c', PYTHON, ...paths], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .trim()
    .split('\n')
    .map((line) =>
      (JSON.parse(line) as [string, string, number, string][]).map(([path, type, size, target]) =>
        lineOf(path, type, size, target),
      ),
    );

/** The tree of a directory; hard links are ordinary files there. */
const treeOf = (directory: string): string[] =>
  execFileSync('find', [directory, '-mindepth', '1', '-printf', '%P\\t%y\\t%s\\t%l\\0'], {
    encoding: 'latin1',
  })
    .split('\0')
    .slice(0, -1)
    .map((line) => {
      const [path = '', type = '', size = '', target = ''] = line.split('\t');
      const types: Record<string, string> = { f: 'file', d: 'directory', l: 'symlink', p: 'fifo' };
      return lineOf(path, types[type] ?? type, Number(size), target);
    })
    .toSorted();

const within = async <T>(work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-tar-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

const BLOCK = 512;
const dataOf = (size: number): string => 'x'.repeat(size);
/** Pieces of a file with holes: whole blocks, as in GNU tar. */
const pieces = fc
  .uniqueArray(fc.nat(40), { maxLength: 30 })
  .map((blocks) => blocks.toSorted((a, b) => a - b).map((at) => [at * BLOCK, dataOf(BLOCK)] as const));

type Make = (name: string) => Buffer;
const REAL_SIZE = 50 * BLOCK;
const formats = fc.constantFrom('ustar', 'gnu', 'v7');
const size = fc.nat(2000);
/** Files, each in its own format, which one archive may mix. */
const fileMaker: fc.Arbitrary<Make> = fc.oneof(
  fc.tuple(formats, size).map(
    ([format, bytes]): Make =>
      (name) =>
        entry({ name }, dataOf(bytes), { format }),
  ),
  size.map(
    (bytes): Make =>
      (name) =>
        Buffer.concat([extended({ path: name, mtime: '1.5' }), entry({ name: 'x' }, dataOf(bytes))]),
  ),
  size.map(
    (bytes): Make =>
      (name) =>
        Buffer.concat([long('L', name), entry({ name: 'x' }, dataOf(bytes), { format: 'gnu' })]),
  ),
  size.map(
    (bytes): Make =>
      (name) =>
        entry({ name, size: base256(BigInt(bytes)) }, dataOf(bytes), { format: 'gnu' }),
  ),
  size.map(
    (bytes): Make =>
      (name) =>
        Buffer.concat([extended({ size: String(bytes) }), entry({ name, size: 0 }, dataOf(bytes))]),
  ),
  pieces.map(
    (map): Make =>
      (name) =>
        oldSparse(name, map, REAL_SIZE),
  ),
  fc.tuple(fc.constantFrom('0.0', '0.1', '1.0'), pieces).map(
    ([version, map]): Make =>
      (name) =>
        paxSparse(version as '1.0', name, map, REAL_SIZE),
  ),
);
const otherMaker: fc.Arbitrary<Make> = fc.constantFrom(
  (name: string) => directory(`./${name}/`),
  (name: string) => symlinkEntry(name, '../somewhere/else'),
  (name: string) => entry({ name, type: '6' }),
  (name: string) => hardLink(name, 'first'),
);

type Made = readonly (readonly [string, Make])[];
/** Well-formed entries, each path once. */
const made: fc.Arbitrary<Made> = fc.array(
  fc.tuple(fc.stringMatching(/^[a-zé]{1,20}(\/[a-z]{1,20}){0,2}$/), fc.oneof(fileMaker, otherMaker)),
  { maxLength: 12 },
);
/** A number in its first step makes each path unique, and none is below a file. */
const pack = (entries: Made): Buffer =>
  archive(entry({ name: 'first' }, 'the first'), ...entries.map(([name, make], at) => make(`${at}${name}`)));
const batches = fc.array(made, { minLength: 20, maxLength: 20 });

describe('well-formed archives of all formats have equal entries', () => {
  it.skipIf(withoutPython !== undefined)(
    titled("as Python's tarfile reads them", withoutPython),
    async () => {
      await fc.assert(
        fc.asyncProperty(batches, (recipes) =>
          within(async (directory) => {
            const batch = recipes.map(pack);
            const paths = await Promise.all(
              batch.map(async (bytes, at) => {
                await writeFile(join(directory, `${at}.tar`), bytes);
                return join(directory, `${at}.tar`);
              }),
            );
            expect(await Promise.all(batch.map(read))).toEqual(readByPython(paths));
          }),
        ),
        { numRuns: 8 },
      );
    },
  );

  it.skipIf(withoutTar !== undefined)(
    titled('at the same paths and sizes as unpacked by GNU tar', withoutTar),
    async () => {
      await fc.assert(
        fc.asyncProperty(made, (recipe) =>
          within(async (directory) => {
            const bytes = pack(recipe);
            execFileSync('tar', ['-x', '-f', '-', '-C', directory], { input: bytes });
            const lines = await read(bytes);
            const sizes = new Map(lines.map((line) => [line.split(' ')[0], line]));
            const found = treeOf(directory);
            const files = found.filter((line) => !line.includes(' directory '));
            const expected = lines
              .filter((line) => !line.includes(' directory '))
              .map((line) => {
                const [path = '', type, , target = ''] = line.split(' ');
                return type === 'link' ? (sizes.get(target) ?? '').replace(target, path) : line;
              });
            expect(files).toEqual(expected.toSorted());
            for (const line of lines)
              expect(found.map((each) => each.split(' ')[0])).toContain(line.split(' ')[0]);
          }),
        ),
        { numRuns: 30 },
      );
    },
  );
});

/** A tree with large and empty files, holes, hard links and symbolic links. */
const makeTree = async (
  root: string,
  files: readonly (readonly [string, number, boolean])[],
): Promise<void> => {
  for (const [at, [name, bytes, hasHoles]] of files.entries()) {
    const path = join(root, `${at}${name}`);
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, 'w');
    for (let from = 0; from < (hasHoles ? 5 : 1); from += 1)
      await handle.write(dataOf(bytes), from * 100_000);
    await handle.close();
    if (at % 3 === 0) await symlink(`../${name}`, `${path}-link`);
    if (at % 3 === 1) execFileSync('ln', [path, `${path}-hard`]);
  }
};

describe('an archive of GNU tar', () => {
  const files = fc.array(
    fc.tuple(fc.stringMatching(/^[a-z]{1,10}(\/[a-z]{1,30}){0,2}$/), fc.nat(20_000), fc.boolean()),
    { minLength: 1, maxLength: 8 },
  );
  const ways = ['v7', 'oldgnu', 'gnu', 'ustar', 'posix'].flatMap((format) => [
    [`--format=${format}`],
    // Only these formats know holes.
    ...(['v7', 'ustar'].includes(format) ? [] : [[`--format=${format}`, '-S']]),
    ...(format === 'posix'
      ? ['0.0', '0.1'].map((version) => ['--format=posix', '-S', `--sparse-version=${version}`])
      : []),
  ]);

  it.skipIf(withoutTar !== undefined)(
    titled('has the same files and sizes in every format', withoutTar),
    async () => {
      await fc.assert(
        fc.asyncProperty(files, (tree) =>
          within(async (directory) => {
            const root = join(directory, 'root');
            await mkdir(root);
            await makeTree(root, tree);
            const found = treeOf(root);
            const counted = new Set<bigint>();
            let total = 0;
            for (const line of found) {
              const { ino, size } = await lstat(join(root, line.split(' ')[0] as string), { bigint: true });
              if (line.includes(' file ') && !counted.has(ino)) total += Number(size);
              if (line.includes(' file ')) counted.add(ino);
            }
            for (const way of ways) {
              const bytes = execFileSync('tar', ['-c', ...way, '-C', root, '.'], { maxBuffer: 2 ** 28 });
              expect((await measureArchive(bytes)).unpackedSize, way.join(' ')).toBe(total);
              const lines = (await read(bytes)).filter((line) => !line.startsWith(' '));
              const sizes = new Map(lines.map((line) => [line.split(' ')[0], line.split(' ')[2]]));
              const asFiles = lines.map((line) => {
                const [path = '', type, , target = ''] = line.split(' ');
                return type === 'link' ? `${path} file ${sizes.get(target)} ` : line;
              });
              expect(asFiles.toSorted(), way.join(' ')).toEqual(found);
            }
          }),
        ),
        { numRuns: 3 },
      );
    },
  );
});
