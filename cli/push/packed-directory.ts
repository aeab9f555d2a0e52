import { createReadStream, type Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

type Header = Parameters<Pack['entry']>[0] & { readonly pax?: Readonly<Record<string, string>> };

/** The greatest user or group that the header of an entry has room for (POSIX.1-2017, ustar). */
const MAX_OWNER = 0o777777;

const typeOf = (found: Stats): Header['type'] | undefined => {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  if (found.isSymbolicLink()) return 'symlink';
  return found.isFIFO() ? 'fifo' : undefined;
};

const ownersOf = ({ uid, gid }: Stats): Pick<Header, 'uid' | 'gid' | 'pax'> => {
  const large = Object.entries({ uid, gid }).filter(([, owner]) => owner > MAX_OWNER);
  const pax = Object.fromEntries(large.map(([name, owner]) => [name, String(owner)]));
  return { uid, gid, ...(large.length > 0 ? { pax } : {}) };
};

const add = async (archive: Pack, path: string, header: Header): Promise<void> => {
  if (header.type !== 'file') {
    archive.entry(header);
    return;
  }
  await pipeline(createReadStream(path), archive.entry(header));
};

/** Adds what is in a directory, by name: the same directory makes the same archive. */
const addAll = async (
  archive: Pack,
  root: string,
  below: string,
  links: Map<string, string>,
  onSkipped: (path: string) => void,
): Promise<void> => {
  for (const name of (await readdir(join(root, below))).toSorted()) {
    const inside = below === '' ? name : `${below}/${name}`;
    const path = join(root, inside);
    const found = await lstat(path);
    const type = typeOf(found);
    if (type === undefined) {
      onSkipped(path);
      continue;
    }
    const inode = `${found.dev} ${found.ino}`;
    const first = type === 'file' && found.nlink > 1 ? links.get(inode) : undefined;
    if (type === 'file') links.set(inode, first ?? inside);
    await add(archive, path, {
      name: type === 'directory' ? `${inside}/` : inside,
      type: first === undefined ? type : 'link',
      mode: found.mode & 0o7777,
      mtime: found.mtime,
      size: type === 'file' && first === undefined ? found.size : 0,
      ...ownersOf(found),
      ...(first === undefined ? {} : { linkname: first }),
      ...(type === 'symlink' ? { linkname: await readlink(path) } : {}),
    });
    if (type === 'directory') await addAll(archive, root, inside, links, onSkipped);
  }
};

/**
 * A directory as a tar archive, as it is read: owners, modes, times and links as they are. Devices and sockets are left out,
 * and said.
 */
export const packDirectory = (root: string, onSkipped: (path: string) => void): AsyncIterable<Uint8Array> => {
  const archive = pack();
  addAll(archive, root, '', new Map(), onSkipped).then(
    () => archive.finalize(),
    (error) => archive.destroy(error),
  );
  return archive as unknown as AsyncIterable<Uint8Array>;
};
