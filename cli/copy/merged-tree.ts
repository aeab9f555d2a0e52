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

/** Merges a directory into another: replaces files, merges directories. Throws for a directory in place of a file. */
const putAll = (directory: Directory, from: Directory): void => {
  for (const [name, node] of from.below) put(directory, name, node);
};

/** The tree to copy. */
export interface Copied {
  /** Its name, with a character for each byte; absent to copy the contents of a directory. */
  readonly name?: string;
  readonly node: Node;
}

/**
 * Puts a tree at a path of a volume, by the rules of `docker cp`: into an existing directory, in place of a file, or under a new name in
 * an existing directory. Throws if there is no such place.
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
