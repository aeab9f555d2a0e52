import type { Plugin } from 'esbuild';

/**
 * Has all that is loaded on demand be loaded after one module, as it is when the program runs. The bundler makes a file of what the same modules
 * need, and so makes few large ones in place of many small: to find a file takes a command longer than to read one.
 */
export const together = (base: string): Plugin => ({
  name: 'together',
  setup: ({ onResolve, onLoad, resolve }) => {
    onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === base) return;
      const found = await resolve(path, { kind, resolveDir, importer, pluginData: base });
      if (found.path !== base && !found.path.includes('/node_modules/'))
        return { path: found.path, namespace: 'after', pluginData: resolveDir };
      return found;
    });
    onLoad({ filter: /./, namespace: 'after' }, ({ path, pluginData: resolveDir }) => ({
      contents: `import ${JSON.stringify(base)}; export * from ${JSON.stringify(path)};`,
      resolveDir,
    }));
    onResolve({ filter: /^\// }, ({ path }) => ({ path, sideEffects: true }));
  },
});
