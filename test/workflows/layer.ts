/** Archives of real files for the images and volumes of the workflows. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';

/** A layer in the form of an upload, and the values that the service must compute. */
export interface Layer {
  readonly bytes: Uint8Array;
  readonly base64: string;
  readonly checksum: string;
  readonly size: number;
  readonly unpackedSize: number;
}

const root = resolve(import.meta.dirname, '../..');

/** The root of a small system: a shell, and libraries. */
export const rootFilesystem = (): Promise<Layer> =>
  packLayer({
    'bin/sh': realpathSync('/bin/sh'),
    'usr/lib/node_modules/tar-stream': 'node_modules/tar-stream',
    'usr/lib/node_modules/streamx': 'node_modules/streamx',
    'usr/lib/node_modules/commander': 'node_modules/commander',
  });

/** The layer on top of it: this product. */
export const application = (): Promise<Layer> =>
  packLayer({ 'srv/taskport/package.json': 'package.json', 'srv/taskport/functions': 'functions' });

/** Files for a program to work on. */
export const documents = (): Promise<Layer> => packLayer({ documents: 'docs', source: 'lib/element' });

/** Packs files and whole directories, by their paths in the archive, as tar and gzip. */
export const packLayer = async (tree: Readonly<Record<string, string>>): Promise<Layer> => {
  const archive = pack();
  const packed = buffer(archive.pipe(createGzip()));
  let unpackedSize = 0;
  for (const [name, path] of Object.entries(tree)) unpackedSize += add(archive, name, resolve(root, path));
  archive.finalize();
  const bytes = await packed;
  return {
    bytes,
    base64: bytes.toString('base64'),
    checksum: checksumOf(bytes),
    size: bytes.length,
    unpackedSize,
  };
};

export const checksumOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** KiB of that many bytes, rounded up like capacities. */
export const kib = (bytes: number): number => Math.ceil(bytes / 1024);

/** Adds a file, a link or a directory with its contents, and answers the number of bytes of files. */
const add = (archive: Pack, name: string, path: string): number => {
  const status = lstatSync(path);
  const { mode, mtime } = status;
  if (status.isSymbolicLink()) {
    archive.entry({ name, mode, mtime, type: 'symlink', linkname: readlinkSync(path) });
    return 0;
  }
  if (!status.isDirectory()) {
    const content = readFileSync(path);
    archive.entry({ name, mode, mtime }, content);
    return content.length;
  }
  archive.entry({ name: `${name}/`, mode, mtime, type: 'directory' });
  return readdirSync(path)
    .sort()
    .reduce((sum, child) => sum + add(archive, `${name}/${child}`, join(path, child)), 0);
};
