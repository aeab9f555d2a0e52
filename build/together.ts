import { join, relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Packages load files of their own. */
const isOfPackage = (path: string): boolean => path.includes('/node_modules/');

/**
 * Bundles all code that is loaded on demand as if it were loaded after one module, as in the running program. The bundler groups modules by their
 * importers, so this makes a few large chunks instead of many small ones: finding a file takes longer than reading one.
 */
export const together = (base: string): Plugin => ({
  name: 'together',
  setup: ({ onResolve, onLoad, resolve, initialOptions: { absWorkingDir = process.cwd() } }) => {
    onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === base) return;
      const found = await resolve(path, { kind, resolveDir, importer, pluginData: base });
      // The bundler would otherwise drop a module from which nothing is imported.
      if (found.path === base) return { path: base, sideEffects: true };
      if (isOfPackage(found.path)) return found;
      // File names are hashes of it, so it must not depend on where the sources are.
      return { path: relative(absWorkingDir, found.path), namespace: 'after' };
    });
    onLoad({ filter: /./, namespace: 'after' }, ({ path }) => ({
      contents: `import ${JSON.stringify(base)}; export * from ${JSON.stringify(join(absWorkingDir, path))};`,
      resolveDir: absWorkingDir,
    }));
    onResolve({ filter: /^\// }, ({ path }) => ({ path, sideEffects: true }));
  },
});
