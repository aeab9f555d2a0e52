import type { Directory } from '../docker/storage/file-tree.ts';
import { shownPath } from '../push/shown-path.ts';
import { type Node, placeIn } from './tree-path.ts';

const shown = (name: string): string => shownPath(Buffer.from(name, 'latin1'));

const put = (directory: Directory, name: string, node: Node): void => {
  const there = directory.below.get(name);
  if (node.type === 'directory' && there?.type === 'directory') {
    if (node.said) there.said = node.said;
    putAll(there, node);
  } else if (there && (there.type === 'directory') !== (node.type === 'directory'))
    throw new Error(
      there.type === 'directory'
        ? `${shown(name)} is a directory there: a file does not replace it`
        : `${shown(name)} is no directory there: a directory does not replace it`,
    );
  else directory.below.set(name, node);
};

/** Puts all that is in a directory into another: existing files are replaced, directories are merged. Throws for a directory in the place of a file. */
const putAll = (directory: Directory, from: Directory): void => {
  for (const [name, node] of from.below) put(directory, name, node);
};

/** What is copied in. */
export interface Copied {
  /** What it is called, its bytes as characters; absent for what is in a directory, without the directory. */
  readonly name?: string;
  readonly node: Node;
}

/**
 * Puts something where a path of a volume says, by the rules of `docker cp`: into a directory that is there, in the place of a file, or under a new name in a directory
 * that is there. Throws where it has no place.
 */
export const putAt = (root: Directory, path: string, { name, node: copied }: Copied): void => {
  const isOfDirectory = /\/\.?$/.test(path);
  const { parent, name: last, node } = placeIn(root, path, true);
  if (node?.type === 'directory') {
    if (name === undefined) putAll(node, copied as Directory);
    else put(node, name, copied);
  } else if (node) {
    if (copied.type === 'directory' || isOfDirectory) throw new Error(`${path} is no directory there`);
    parent?.below.set(last, copied);
  } else if (copied.type !== 'directory' && isOfDirectory) throw new Error(`there is no directory ${path}`);
  else parent?.below.set(last, copied);
};
