import { mkdir, writeFile } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { together } from './together.ts';
import { withoutFacts } from './without-facts.ts';

/**
 * Left out of the functions' bundles: credential providers that the SDK loads only if the environment has no credentials. Lambda always sets
 * them. They would be a sixth of the bytes of every cold start.
 */
const LEFT_OUT = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-http',
  '@smithy/credential-provider-imds',
];

/** Packages that exist as CommonJS only call `require` for Node's own modules. */
export const REQUIRING =
  "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Removes the banner from files that never call `require`: a bundle has many small ones. */
const withoutNeedlessBanner = (text: string): string => {
  const [first = '', ...rest] = text.split('\n');
  const own = rest.join('\n');
  return first === REQUIRING && !/\brequire\b/.test(own) ? own : text;
};

/** Options of every bundle: minified ES modules with the SDK inside start in less than half the time of the alternatives. */
export const FORM = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  // Code that is loaded on first use is a file of its own, which a cold start does not read.
  splitting: true,
  mainFields: ['module', 'main'],
  minify: true,
  outExtension: { '.js': '.mjs' },
  banner: { js: REQUIRING },
  logLevel: 'error',
} as const satisfies BuildOptions;

/** A module by its path, or its source with the directory from which imports resolve. */
type Module = string | { readonly contents: string; readonly resolveDir: string };

/** Bundles a module into a directory, as `index.mjs` and its chunks. Answers the sources. */
export const bundleFunction = async (entry: Module, outdir: string, target: string): Promise<string[]> => {
  const from =
    typeof entry === 'string'
      ? { entryPoints: { index: entry } }
      : { stdin: { ...entry, sourcefile: 'index.js' } };
  const { metafile, outputFiles } = await build({
    ...FORM,
    ...from,
    outdir,
    target,
    external: LEFT_OUT,
    plugins: [...(typeof entry === 'string' ? [together(entry)] : []), withoutFacts],
    entryNames: 'index',
    metafile: true,
    write: false,
  });
  await mkdir(outdir, { recursive: true });
  await Promise.all(outputFiles.map(({ path, text }) => writeFile(path, withoutNeedlessBanner(text))));
  return Object.keys(metafile.inputs);
};
