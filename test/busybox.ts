/** Archives for tests, and a root filesystem of busybox for them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';

/** Entries of an archive: the content of a file, or a header of another entry. */
export type Tree = Readonly<Record<string, string | Buffer | Partial<Header>>>;

export const archiveOf = async (tree: Tree): Promise<Buffer> => {
  const archive = pack();
  const packed = buffer(archive);
  for (const [name, entry] of Object.entries(tree)) {
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) archive.entry({ name, mode: 0o755 }, entry);
    else if (entry.type === undefined) archive.entry({ name, ...entry }, '');
    else archive.entry({ name, ...entry });
  }
  archive.finalize();
  return packed;
};

/** A root filesystem with every applet of busybox as a program. */
export const busyboxTree = (): Tree => {
  const applets = spawnSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  const links = applets.map((name) => [`bin/${name}`, { type: 'symlink', linkname: 'busybox' } as const]);
  return {
    'bin/busybox': readFileSync('/bin/busybox'),
    ...Object.fromEntries(links.filter(([name]) => name !== 'bin/busybox')),
  };
};
