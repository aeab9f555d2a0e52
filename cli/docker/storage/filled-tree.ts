import { createHash } from 'node:crypto';
import type { Attributes, Directory, FileTree, Leaf } from './file-tree.ts';
import { type ReadLayer, USUAL, withHoles } from './tree-archive.ts';

/** An entry of the filled tree. */
interface Filled {
  readonly type: (Leaf | Directory)['type'];
  readonly said: Attributes;
  readonly linkname?: string;
  /** SHA-256 of a file, in hexadecimal. */
  readonly content?: string;
}

/** The contents with which a volume was filled, by path. */
export type FilledTree = ReadonlyMap<string, Filled>;

/** Reads the layers again, and answers their merged result for each path. */
export const filledBy = async (tree: FileTree, layers: number, readLayer: ReadLayer): Promise<FilledTree> => {
  const contents = new Map<string, string>();
  for (let layer = 0; layer < layers; layer += 1) {
    let entry = -1;
    await readLayer(layer, ({ type, pieces, size }) => {
      entry += 1;
      if (type !== 'file') return undefined;
      const key = `${layer} ${entry}`;
      const hash = createHash('sha256');
      const data = withHoles(pieces ?? [[0, size]], size, async (bytes) => void hash.update(bytes));
      const end = async (): Promise<void> => {
        await data.end();
        contents.set(key, hash.digest('hex'));
      };
      return { take: data.take, end };
    });
  }
  const filled = new Map<string, Filled>();
  const add = (path: string, node: Leaf | Directory): void => {
    const { type, said } = node;
    if (type === 'directory') {
      filled.set(path, { type, said: said ?? USUAL });
      for (const [name, one] of node.below) add(path === '' ? name : `${path}/${name}`, one);
    } else {
      const content = contents.get(`${node.layer} ${node.entry}`);
      filled.set(path, { type, said: node.said, linkname: node.linkname, ...(content && { content }) });
    }
  };
  add('', tree.root);
  return filled;
};
