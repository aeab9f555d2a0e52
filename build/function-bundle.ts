import { mkdir, writeFile } from 'node:fs/promises';
import { type BuildOptions, build } from 'esbuild';
import { together } from './together.ts';
import { withoutFacts } from './without-facts.ts';

/**
 * What is left out of the functions' bundles: ways to credentials that the SDK loads only where the environment has
 * none, and Lambda always sets them. They would be a sixth of what every cold start reads.
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
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** A file without the banner, where nothing in it calls `require`: a bundle has many small ones. */
const withoutNeedlessBanner = (text: string): string => {
  const [first = '', ...rest] = text.split('\n');
  const own = rest.join('\n');
  return first === BANNER && !/\brequire\b/.test(own) ? own : text;
};

/** What is the same of every bundle: minified ES modules with the SDK in them start in less than half the time of the alternatives. */
export const FORM = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  // What is loaded on first use is a file of its own: what is not needed is not even read.
  splitting: true,
  mainFields: ['module', 'main'],
  minify: true,
  outExtension: { '.js': '.mjs' },
  banner: { js: BANNER },
  logLevel: 'error',
} as const satisfies BuildOptions;

/** A module by its path, or as it stands, with where its imports are found from. */
type Module = string | { readonly contents: string; readonly resolveDir: string };

/** Bundles a module into a directory, as `index.mjs` and what that loads. Answers what it is made of. */
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
