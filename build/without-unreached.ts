import type { Plugin } from 'esbuild';

/** What `dockerode` loads for engines that are reached by SSH, and for builds of images: a runner does neither, and it is more than all the rest. */
const UNREACHED = /^(ssh2|@grpc\/(grpc-js|proto-loader))$/;

/** Leaves packages out of a bundle that are loaded, and never called. */
export const withoutUnreached: Plugin = {
  name: 'without-unreached',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: UNREACHED }, ({ path }) => ({ path, namespace: 'unreached' }));
    onLoad({ filter: /./, namespace: 'unreached' }, () => ({
      contents: 'module.exports = {}',
      loader: 'js',
    }));
  },
};
