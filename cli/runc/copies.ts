import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CachedLayer } from './layer-cache.ts';
import { run } from './program.ts';

/** The kind of thing at a path below a directory; undefined where there is none, or where a link is on the way there. */
const kindAt = async (directory: string, path: string): Promise<'directory' | 'other' | undefined> => {
  let at = directory;
  let kind: 'directory' | 'other' = 'directory';
  for (const step of path.split('/').filter((name) => name !== '.' && name !== '')) {
    if (kind !== 'directory') return undefined;
    at = join(at, step);
    const found = await lstat(at).catch(() => undefined);
    if (found === undefined) return undefined;
    kind = found.isDirectory() ? 'directory' : 'other';
  }
  return kind;
};

/** Removes what a layer hides: by its whiteouts, and by what it has in place of something of another kind. */
const clearFor = async (target: string, tree: string, { removed, opaque }: CachedLayer): Promise<void> => {
  for (const path of removed) {
    if ((await kindAt(target, path)) !== undefined) await rm(join(target, path), { recursive: true });
  }
  for (const path of opaque) {
    if ((await kindAt(target, path)) !== 'directory') continue;
    for (const name of await readdir(join(target, path)))
      await rm(join(target, path, name), { recursive: true });
  }
  const clearConflicts = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(tree, path), { withFileTypes: true })) {
      const below = join(path, entry.name);
      const kind = await kindAt(target, below);
      if (kind === undefined) continue;
      if (entry.isDirectory() && kind === 'directory') await clearConflicts(below);
      else await rm(join(target, below), { recursive: true });
    }
  };
  await clearConflicts('.');
};

/** Copies layers over each other, the eldest first, each into what those before it left; `cache` is where they are. */
export const copyLayers = async (
  cache: string,
  layers: readonly CachedLayer[],
  target: string,
): Promise<void> => {
  for (const layer of layers) {
    const tree = join(cache, layer.tree);
    await clearFor(target, tree, layer);
    await run('cp', ['-a', '--reflink=auto', '--', `${tree}/.`, target]);
  }
};
