import type { Directory, Leaf } from '../docker/storage/file-tree.ts';
import { shownPath } from '../push/shown-path.ts';

export type Node = Directory | Leaf;

/** What a path of a volume leads to. */
export interface TreePlace {
  /** Absent at the root, which is in nothing. */
  readonly parent?: Directory;
  /** What it is called there, its bytes as characters. */
  readonly name: string;
  /** Absent where there is nothing. */
  readonly node?: Node | undefined;
}

/** How many links a system follows in one path (Linux, path_resolution(7)). */
const MAX_FOLLOWED = 40;

const stepsOf = (path: string): string[] => path.split('/').filter((step) => step !== '' && step !== '.');

/**
 * Where a path leads, as a task sees it that has the volume for its root: links are followed, and lead nowhere outside. The last is followed
 * where `isFollowed` or a slash says so. Throws where a directory on the way is not there.
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
