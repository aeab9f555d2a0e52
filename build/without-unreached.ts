import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Modules that `dockerode` loads for engines over SSH and for builds of images. A runner does neither, and they are larger than all its other
 * code.
 */
const UNREACHED = /^(ssh2|@grpc\/(grpc-js|proto-loader))$/;

/** The parser of the command line starts external programs for subcommands; we have none. */
const PARSER = /\/commander\/lib\/command\.js$/;

/**
 * A debug message for each request, without a listener. It prints all linked objects, every socket included, which takes longer than the request.
 */
const TELLING = /debug\('Sending: %s', util\.inspect\(options, \{[^}]*\}\)\);/;

/** Leaves modules that are loaded but never called, and debug output without a reader, out of a bundle. */
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
