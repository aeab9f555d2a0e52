import type { BigIntStats } from 'node:fs';
import type { TarEntry } from './tar-header.ts';

const SLASH = Buffer.from('/');

/** Optional parts of a packed directory. */
export interface Kept {
  /** An entry for the directory itself. */
  readonly root: boolean;
  /** Devices; the directory must have no names that mark removals in an archive. */
  readonly asItIs?: boolean;
  /** The archive replaces everything below it. */
  readonly alone?: boolean;
}

/** Names that mark removals in an archive. */
const WHITEOUT = Buffer.from('.wh.');
export const typeOf = (found: BigIntStats): TarEntry['type'] | undefined => {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  if (found.isSymbolicLink()) return 'symlink';
  if (found.isFIFO()) return 'fifo';
  if (found.isCharacterDevice()) return 'character-device';
  return found.isBlockDevice() ? 'block-device' : undefined;
};

/** As Linux puts both numbers into one (glibc, makedev(3)). */
export const deviceOf = ({ rdev }: BigIntStats): { major: number; minor: number } => ({
  major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)),
  minor: Number((rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)),
});

/** Why an entry is left out; undefined if it is not. */
export const reasonAgainst = ({ asItIs }: Kept, name: Buffer, found: BigIntStats): string | undefined => {
  const type = typeOf(found);
  if (type === undefined) return 'is a socket';
  const isDevice = type.endsWith('-device');
  if (!asItIs) return isDevice ? 'is a device' : undefined;
  if (
    name
      .subarray(name.lastIndexOf(SLASH) + 1)
      .subarray(0, WHITEOUT.length)
      .equals(WHITEOUT)
  )
    return 'has a name that starts with `.wh.`, which removes a file when an archive is unpacked';
  return isDevice && found.rdev === 0n
    ? 'is the device 0:0, which removes a file when an archive is unpacked'
    : undefined;
};
