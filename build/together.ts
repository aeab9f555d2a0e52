import { join, relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Packages load files of their own. */
const isOfPackage = (path: string): boolean => path.includes('/node_modules/');

/**
 * Has all that is loaded on demand be loaded after one module, as it is when the program runs. The bundler makes a file of what the same modules
 * need, and so makes few large ones in place of many small: to find a file takes longer than to read one.
 */
export const together = (base: string): Plugin => ({
  name: 'together',
  setup: ({ onResolve, onLoad, resolve, initialOptions: { absWorkingDir = process.cwd() } }) => {
    onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === base) return;
      const found = await resolve(path, { kind, resolveDir, importer, pluginData: base });
      // What nothing is taken of is left out otherwise.
      if (found.path === base) return { path: base, sideEffects: true };
      if (isOfPackage(found.path)) return found;
      // The names of files are made of it, and are the same wherever the sources lie.
      return { path: relative(absWorkingDir, found.path), namespace: 'after' };
    });
    onLoad({ filter: /./, namespace: 'after' }, ({ path }) => ({
      contents: `import ${JSON.stringify(base)}; export * from ${JSON.stringify(join(absWorkingDir, path))};`,
      resolveDir: absWorkingDir,
    }));
    onResolve({ filter: /^\// }, ({ path }) => ({ path, sideEffects: true }));
  },
});
