import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** What `dockerode` loads for engines that are reached by SSH, and for builds of images: a runner does neither, and it is more than all the rest. */
const UNREACHED = /^(ssh2|@grpc\/(grpc-js|proto-loader))$/;

/** The command line's parser runs programs for commands that are programs of their own: none of ours is. */
const PARSER = /\/commander\/lib\/command\.js$/;

/** Tells of each request to whom nobody listens: all that hangs on it, every socket included, which takes more than what the request is for. */
const TELLING = /debug\('Sending: %s', util\.inspect\(options, \{[^}]*\}\)\);/;

/** Leaves out of a bundle modules that are loaded and never called, and debug output without a reader. */
export const withoutUnreached: Plugin = {
  name: 'without-unreached',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      PARSER.test(importer) ? { path, namespace: 'unreached' } : undefined,
    );
    onResolve({ filter: UNREACHED }, ({ path }) => ({ path, namespace: 'unreached' }));
    onLoad({ filter: /./, namespace: 'unreached' }, () => ({
      contents: 'module.exports = {}',
      loader: 'js',
    }));
    onLoad({ filter: /\/docker-modem\/lib\/modem\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!TELLING.test(source)) throw new Error(`${path} tells of its requests otherwise by now`);
      return { contents: source.replace(TELLING, ''), loader: 'js' };
    });
  },
};
