import { lstat, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';
import { run } from './program.ts';

/** What a layer takes away from those below it, by paths below its root. */
export interface Whiteouts {
  readonly removed: readonly string[];
  /** Directories of which nothing below is seen; `.` is the root. */
  readonly opaque: readonly string[];
}

const PREFIX = '.wh.';
/** Names that begin so are of AUFS; one of them counts. */
const RESERVED = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

/** Takes the markers (OCI image layer.md, Whiteouts) out of an unpacked layer, and answers what they say. */
export const takeWhiteouts = async (tree: string): Promise<Whiteouts> => {
  const found = await run('find', [tree, '-mindepth', '1', '-name', `${PREFIX}*`, '-printf', '%P\\0']);
  const removed: string[] = [];
  const opaque: string[] = [];
  for (const path of found.split('\0').slice(0, -1)) {
    await rm(join(tree, path), { recursive: true, force: true });
    const name = basename(path);
    const hidden = name.slice(PREFIX.length);
    if (name === OPAQUE) opaque.push(dirname(path));
    else if (name.startsWith(RESERVED)) continue;
    else if (['', '.', '..'].includes(hidden)) throw new Error(`the whiteout ${path} hides nothing`);
    else removed.push(join(dirname(path), hidden));
  }
  return { removed, opaque };
};

/**
 * Says in the words of an overlay (kernel, overlayfs.rst) what a layer takes away: a device 0/0 in place of what is removed, an
 * attribute on an opaque directory. tar makes both in one go, and needs no program for attributes beside it.
 */
export const markWhiteouts = async (tree: string, { removed, opaque }: Whiteouts): Promise<void> => {
  const archive = pack();
  const packed = buffer(archive);
  const hidden = new Set(opaque);
  let count = 0;
  const add = (
    header: Partial<Header> & { readonly name: string; readonly pax?: Record<string, string> },
  ): void => {
    archive.entry(header);
    count += 1;
  };
  for (const name of removed) {
    const own = await lstat(join(tree, name)).catch(() => undefined);
    // What a layer removes and brings anew hides the old by itself, a directory if it is opaque.
    if (own === undefined) add({ name, type: 'character-device', mode: 0, devmajor: 0, devminor: 0 });
    else if (own.isDirectory()) hidden.add(name);
  }
  for (const name of hidden) {
    const { mode, uid, gid, mtime } = await lstat(join(tree, name));
    const pax = { 'SCHILY.xattr.trusted.overlay.opaque': 'y' };
    add({ name: `${name}/`, type: 'directory', mode: mode & 0o7777, uid, gid, mtime, pax });
  }
  archive.finalize();
  const input = await packed;
  if (count === 0) return;
  const how = ['-x', '-f', '-', '-p', '--numeric-owner', '--xattrs', '--xattrs-include=trusted.overlay.*'];
  await run('tar', [...how, '-C', tree], { input });
};
