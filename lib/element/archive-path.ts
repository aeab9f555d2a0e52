import { TaskportError } from '../errors.ts';

/** What of an archive's entry decides where it lands. */
interface Entry {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly linkname?: string | null | undefined;
}

/** Follows a path from a depth below the root; undefined where it climbs out. An absolute path begins at the root. */
const follow = (path: string, from: number): number | undefined => {
  let depth = path.startsWith('/') ? 0 : from;
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    depth += step === '..' ? -1 : 1;
    if (depth < 0) return undefined;
  }
  return depth;
};

const refuse = (entry: string, reason: string): TaskportError =>
  new TaskportError('data-error', `the archive's entry ${JSON.stringify(entry)} ${reason}`, { entry });

/**
 * Throws `data-error` [entry] for an entry that climbs out of the root it is unpacked into, or a link that points
 * out of it. Absolute names and targets begin at that root, as they do in a container.
 */
export const assertInside = ({ name, type, linkname }: Entry): void => {
  const depth = follow(name, 0);
  if (depth === undefined) throw refuse(name, 'climbs out of the root');
  if (type !== 'symlink' && type !== 'link') return;
  // A hard link names another entry; a symbolic link is followed from the directory that it stands in.
  const from = type === 'symlink' ? Math.max(0, depth - 1) : 0;
  if (follow(linkname ?? '', from) === undefined)
    throw refuse(name, `points out of the root, at ${JSON.stringify(linkname)}`);
};
