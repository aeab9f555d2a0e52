/** A file system below a directory, file by file: type, mode, owner, time, content, attributes, hard links. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface DescribedFile {
  readonly type: string;
  readonly mode: number;
  readonly owner: readonly [number, number];
  /** Nanoseconds since 1970; `when it was unpacked` if the archive has none. */
  readonly modified: string;
}

export type DescribedTree = Readonly<Record<string, DescribedFile>>;

export const describeTrees = (...directories: readonly string[]): DescribedTree[] => {
  const script = join(import.meta.dirname, 'describe-tree.py');
  const { stdout, stderr, status } = spawnSync('python3', [script, ...directories], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
};

const isUnsaid = ({ type, modified }: DescribedFile, since: number): boolean =>
  type === 'directory' && (Number(modified) / 1e6 > since || modified === '0');

/**
 * Two trees for comparison. For a directory without an entry in a layer, Docker 20.10 gives the time and owner of its unpacking, not those of the
 * layer below, which others give.
 */
export const compared = (
  own: DescribedTree,
  ofDocker: DescribedTree,
  since: number,
): readonly [own: object, ofDocker: object] => {
  const isVague = (path: string): boolean => isUnsaid(ofDocker[path] as DescribedFile, since);
  const vague = new Set(Object.keys(ofDocker).filter(isVague));
  const reduced = (tree: DescribedTree): object =>
    Object.fromEntries(
      Object.entries(tree).map(([path, file]) => [path, vague.has(path) ? { type: file.type } : file]),
    );
  return [reduced(own), reduced(ofDocker)];
};

export interface InspectedImage {
  readonly GraphDriver: { readonly Data: { readonly LowerDir?: string; readonly UpperDir: string } };
}

/** The files of images that an engine has unpacked, as containers see them. */
export const describeImages = (images: readonly InspectedImage[]): DescribedTree[] => {
  const places: string[] = [];
  try {
    for (const { GraphDriver } of images) {
      const { LowerDir, UpperDir } = GraphDriver.Data;
      const target = mkdtempSync(join(tmpdir(), 'taskport-image-'));
      // A read-only overlay mount needs at least two directories.
      const layers = [UpperDir, ...(LowerDir?.split(':') ?? [])].map(
        (path) => `l/${readFileSync(join(dirname(path), 'link'), 'utf8')}`,
      );
      const lowers = layers.length > 1 ? layers : [...layers, target];
      // The options of a mount are limited to a page, so Docker uses short names for its directories.
      const cwd = dirname(dirname(UpperDir));
      const args = ['-t', 'overlay', '-o', `ro,lowerdir=${lowers.join(':')}`, 'overlay', target];
      const { stderr, status } = spawnSync('mount', args, { encoding: 'utf8', cwd });
      if (status !== 0) throw new Error(stderr);
      places.push(target);
    }
    return describeTrees(...places);
  } finally {
    for (const place of places) {
      spawnSync('umount', [place]);
      rmdirSync(place);
    }
  }
};
