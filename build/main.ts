/**
 * Builds `dist/`, without the declarations: the command line, the client, the kit for consumers, and the construct with its bundled functions and
 * console. Bundles contain their dependencies, so the package depends only on `zod`, whose types are part of ours, and `koffi`, which has a
 * binary for each platform.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { allFunctions } from '../infra/wiring.ts';
import { bundleConsole } from './console-bundle.ts';
import { bundleFunction, REQUIRING } from './function-bundle.ts';
import { noticesOf } from './notices.ts';
import { together } from './together.ts';
import { withoutFacts } from './without-facts.ts';
import { withoutUnreached } from './without-unreached.ts';

const ROOT = join(import.meta.dirname, '..');
const dist = (...names: string[]): string => join(ROOT, 'dist', ...names);

const FORM = {
  absWorkingDir: ROOT,
  bundle: true,
  sourcemap: true,
  external: ['zod/mini', 'koffi', 'aws-cdk-lib', 'constructs'],
  plugins: [withoutFacts],
  logLevel: 'warning',
} satisfies BuildOptions;

const NODE = {
  ...FORM,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
} satisfies BuildOptions;

/** Keeps source maps of our sources; a file of packages alone gets none. */
const keepOurs = async (path: string): Promise<void> => {
  const map = JSON.parse(await readFile(`${path}.map`, 'utf8'));
  const isOurs = map.sources.map((source: string) => !source.includes('node_modules/'));
  map.sourcesContent = map.sourcesContent.map((content: string, at: number) => (isOurs[at] ? content : null));
  if (isOurs.includes(true)) return writeFile(`${path}.map`, JSON.stringify(map));
  await writeFile(path, (await readFile(path, 'utf8')).replace(/\/\/# sourceMappingURL=.*\n$/, ''));
  await rm(`${path}.map`);
};

/** Bundles, and answers the sources. */
const bundle = async (options: BuildOptions): Promise<string[]> => {
  const { metafile } = await build({ ...options, metafile: true });
  const scripts = Object.keys(metafile.outputs).filter((name) => name.endsWith('.js'));
  await Promise.all(scripts.map((name) => keepOurs(join(ROOT, name))));
  return Object.keys(metafile.inputs);
};

const library = { client: 'client/index.ts', events: 'events/index.ts' };

const importedBundle = (): Promise<string[]> =>
  bundle({
    ...NODE,
    format: 'esm',
    splitting: true,
    entryPoints: { ...library, sigv4: 'client/sigv4.ts' },
    banner: { js: REQUIRING },
    outdir: dist('esm'),
  });

/** The signer for AWS credentials exists once and is loaded on demand: either format can import it. */
const signedElsewhere: Plugin = {
  name: 'signed-elsewhere',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/sigv4\.ts$/ }, () => ({ path: '../esm/sigv4.js', external: true })),
};

/** Most test runners of CDK apps load CommonJS only. The construct finds the functions relative to its own bundle. */
const requiredBundle = async (): Promise<string[]> => {
  const sources = await bundle({
    ...NODE,
    format: 'cjs',
    entryPoints: { ...library, infra: 'infra/index.ts' },
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [withoutFacts, signedElsewhere],
    outdir: dist('cjs'),
  });
  await writeFile(dist('cjs/package.json'), '{ "type": "commonjs" }\n');
  return sources;
};

const browserBundle = (): Promise<string[]> =>
  bundle({
    ...FORM,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    entryPoints: { client: library.client },
    outdir: dist('browser'),
  });

const commandLineBundle = (): Promise<string[]> =>
  bundle({
    ...NODE,
    format: 'esm',
    splitting: true,
    plugins: [together(join(ROOT, 'cli/actions/index.ts')), withoutFacts, withoutUnreached],
    // The command line is run, not read.
    minifySyntax: true,
    minifyWhitespace: true,
    entryPoints: ['cli/main.ts'],
    banner: { js: REQUIRING },
    outdir: dist('cli'),
  });

const functionBundles = () =>
  allFunctions.map(async ({ name, entry, page }) => [
    ...(await bundleFunction(join(ROOT, entry), dist('functions', name), 'node24')),
    ...(page ? bundleConsole(dist('functions', name, 'console')) : []),
  ]);

await Promise.all(
  ['esm', 'cjs', 'browser', 'cli', 'functions'].map((name) =>
    rm(dist(name), { recursive: true, force: true }),
  ),
);
const sources = await Promise.all([
  importedBundle(),
  requiredBundle(),
  browserBundle(),
  commandLineBundle(),
  ...functionBundles(),
]);
await writeFile(dist('third-party-notices.txt'), await noticesOf(ROOT, sources.flat()));
