/** Independent readers of archives: GNU tar and Python's tarfile. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface ReadEntry {
  readonly name: Buffer;
  /** The type flag: `0` for a file. */
  readonly type: string;
  readonly linkname: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly device: { readonly major: number; readonly minor: number };
  /** Seconds, as in the archive. */
  readonly mtime: string;
  readonly xattrs: Readonly<Record<string, Buffer>>;
}

type Line = Omit<ReadEntry, 'name' | 'linkname' | 'xattrs'> & {
  readonly name: string;
  readonly linkname: string;
  readonly xattrs: Readonly<Record<string, string>>;
};

const ofHex = (digits: string): Buffer => Buffer.from(digits, 'hex');

/** The entries of archives, one archive after another, by Python's tarfile. The data after a header may be missing. */
export const readArchive = (...paths: readonly string[]): ReadEntry[] => {
  const script = join(import.meta.dirname, 'read-archive.py');
  const { stdout } = spawnSync('python3', [script, ...paths], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .map(({ name, linkname, xattrs, ...rest }) => ({
      ...rest,
      name: ofHex(name),
      linkname: ofHex(linkname),
      xattrs: Object.fromEntries(Object.entries(xattrs).map(([key, value]) => [key, ofHex(value)])),
    }));
};

const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

/** The missing programs, in words; undefined if none is missing. */
export const missing = (...programs: readonly string[]): string | undefined => {
  const absent = programs.filter((program) => !isThere(program));
  return absent.length === 0 ? undefined : `${absent.join(', ')} not installed`;
};
