import { readFile } from 'node:fs/promises';
import { run } from './program.ts';

/** The kernel writes blanks and backslashes of paths in octal (proc(5), mountinfo). */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Where something is mounted at or below a directory, by its real path; the last mounted first. */
const mountsBelow = async (directory: string): Promise<string[]> => {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .reverse();
};

/** Unmounts everything at and below a directory; a mount that is busy is at least taken out of the tree. */
export const unmountBelow = async (directory: string): Promise<void> => {
  const paths = await mountsBelow(directory);
  if (paths.length === 0) return;
  await run('umount', ['--', ...paths]).catch(() => {});
  for (const path of await mountsBelow(directory)) await run('umount', ['-l', '--', path]);
};

/**
 * Removes a directory with all in it, once nothing is mounted there any more: what is removed through a live mount is gone
 * where it came from. Throws where something stays mounted.
 */
export const removeTree = async (directory: string): Promise<void> => {
  await unmountBelow(directory);
  const [mounted] = await mountsBelow(directory);
  if (mounted !== undefined) throw new Error(`${mounted} is still mounted, and so ${directory} stays`);
  await run('rm', ['-rf', '--one-file-system', '--', directory]);
};
