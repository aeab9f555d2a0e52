import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { setImmediate as others } from 'node:timers/promises';

/** After this many files, other work of the process gets its turn. */
const TURN = 1_000;
const SLASH = Buffer.from('/');

/** The state of a directory's contents from its file system, without reading a file. */
export interface TreeState {
  /** Changes with each write, removal, rename or change of attributes, whatever tasks do to times: no task can set a ctime. */
  readonly digest: string;
  /** Bytes of all files, including holes. */
  readonly size: number;
}

/** Throws the errors of the file system. */
export const stateOfTree = async (
  place: string,
  isRootSeen: boolean,
  abort: AbortSignal,
): Promise<TreeState> => {
  const root = Buffer.from(place);
  const hash = createHash('sha256');
  let size = 0;
  let count = 0;
  const look = (path: Buffer): boolean => {
    const found = lstatSync(path, { bigint: true });
    const isDirectory = found.isDirectory();
    const { mode, uid, gid, ino, nlink, rdev, mtimeNs, ctimeNs } = found;
    // The size of a directory depends on the file system.
    const bytes = isDirectory ? 0n : found.size;
    hash.update(path.subarray(root.length));
    hash.update(`\0${mode} ${uid} ${gid} ${bytes} ${ino} ${nlink} ${rdev} ${mtimeNs} ${ctimeNs}\n`);
    if (found.isFile()) size += Number(bytes);
    return isDirectory;
  };
  const todo = [root];
  if (isRootSeen) look(root);
  for (let directory = todo.pop(); directory; directory = todo.pop()) {
    for (const name of readdirSync(directory, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const path = Buffer.concat([directory, SLASH, name]);
      if (look(path)) todo.push(path);
      count += 1;
      if (count % TURN > 0) continue;
      await others();
      abort.throwIfAborted();
    }
  }
  return { digest: hash.digest('hex'), size };
};
