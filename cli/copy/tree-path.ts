import type { Directory, Leaf } from '../docker/storage/file-tree.ts';
import { shownPath } from '../push/shown-path.ts';

export type Node = Directory | Leaf;

/** The result of following a path of a volume. */
export interface TreePlace {
  /** Absent at the root. */
  readonly parent?: Directory;
  /** Its name there, with a character for each byte. */
  readonly name: string;
  /** Absent if nothing has this path. */
  readonly node?: Node | undefined;
}

/** How many links Linux follows in one path (path_resolution(7)). */
const MAX_FOLLOWED = 40;

const stepsOf = (path: string): string[] => path.split('/').filter((step) => step !== '' && step !== '.');

/**
 * Follows a path as a task does whose root is the volume: links never lead out of it. Follows a link at the end only with `isFollowed` or
 * a trailing slash. Throws if a directory on the path does not exist.
 */
export const placeIn = (root: Directory, path: string, isFollowed: boolean): TreePlace => {
  const follows = isFollowed || /\/\.?$/.test(path);
  const left = stepsOf(Buffer.from(path).toString('latin1')).reverse();
  const way: { readonly node: Directory; readonly name: string }[] = [{ node: root, name: '' }];
  const here = (): Directory => (way.at(-1) as (typeof way)[number]).node;
  for (let followed = 0; left.length > 0; ) {
    const name = left.pop() as string;
    if (name === '..') {
      if (way.length > 1) way.pop();
      continue;
    }
    const parent = here();
    const node = parent.below.get(name);
    if (node?.type === 'symlink' && (left.length > 0 || follows)) {
      followed += 1;
      if (followed > MAX_FOLLOWED) throw new Error(`${path} goes by too many links`);
      if (node.linkname.startsWith('/')) way.length = 1;
      left.push(...stepsOf(node.linkname).reverse());
    } else if (node?.type === 'directory') way.push({ node, name });
    else if (left.length === 0) return { parent, name, node };
    else throw new Error(`${path}: there is no directory ${shownPath(Buffer.from(name, 'latin1'))}`);
  }
  const last = way.at(-1) as (typeof way)[number];
  const parent = way.at(-2)?.node;
  return parent ? { parent, name: last.name, node: last.node } : { name: '', node: last.node };
};
