import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeTree } from '../docker/storage/tree-archive.ts';
import { shownPath } from '../push/shown-path.ts';
import type { Session } from '../session.ts';
import { type Node, placeIn, type TreePlace } from './tree-path.ts';
import { unpackTree } from './unpacked-tree.ts';
import { withContents } from './volume-contents.ts';

interface CopyOptions {
  readonly isFollowed: boolean;
  readonly isWhole: boolean;
}

/** The destination of a copy on this machine, by the rules of `docker cp`. Throws if there is none. */
const landing = async (onto: string, name: string, node: Node): Promise<string> => {
  const found = await stat(onto).catch(() => undefined);
  if (found?.isDirectory()) return name === '' ? onto : join(onto, name);
  const isDirectory = node.type === 'directory';
  if (found && (isDirectory || onto.endsWith('/'))) throw new Error(`${onto} is no directory`);
  const above = dirname(onto);
  const isThere = (await stat(above).catch(() => undefined))?.isDirectory() === true;
  if (!isThere || (!found && !isDirectory && onto.endsWith('/')))
    throw new Error(`there is no directory ${isThere ? onto : above}`);
  return onto.replace(/\/+$/, '');
};

/** The name at the destination; empty to copy the contents of a directory. */
const nameOf = (path: string, { name, node }: TreePlace): string =>
  node?.type === 'directory' && (name === '' || /(^|\/)\.$/.test(path)) ? '' : name;

/** Copies files out of a volume as it was last saved: to a path of this machine, or for `-` as an archive to standard output. */
export const copyOut = (
  session: Session,
  id: string,
  path: string,
  onto: string | undefined,
  { isFollowed, isWhole }: CopyOptions,
): Promise<void> =>
  withContents(session, id, async ({ tree, readLayer }) => {
    const place = placeIn(tree.root, path, isFollowed);
    const { node } = place;
    if (node === undefined) throw new Error(`${id} has no ${path}`);
    const name = nameOf(path, place);
    if (onto === undefined) {
      await writeTree(node, name === '' ? '.' : name, readLayer, (bytes) => session.io.write(bytes));
      return;
    }
    const at = await landing(onto, Buffer.from(name, 'latin1').toString(), node);
    const tell = (line: string): void => session.warn(line);
    const files = await unpackTree(at, node, { readLayer, isWhole, tell });
    session.show(
      { id, path: at, files },
      () => `${shownPath(Buffer.from(at))}: ${files === 1 ? 'one file' : `${files} files and directories`}`,
    );
  });
