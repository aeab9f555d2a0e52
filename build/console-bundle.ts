import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../console/', import.meta.url));

const FORM = {
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm' as const,
  target: 'es2022',
  jsx: 'automatic' as const,
  jsxImportSource: 'preact',
  write: false as const,
  metafile: true as const,
  outdir: SOURCE,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  logLevel: 'error' as const,
} satisfies BuildOptions;

/**
 * Bundles the console into a directory: `index.html`, and its other files under content hashes, so that browsers may cache them for ever. Answers
 * the sources.
 */
export const bundleConsole = (directory: string): string[] => {
  const { outputFiles, metafile } = buildSync({
    ...FORM,
    entryPoints: [join(SOURCE, 'main.tsx'), join(SOURCE, 'console.css')],
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const icon = readFileSync(join(SOURCE, 'icon.svg'));
  files.set(`icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`, icon);
  const named = (ending: string): string => {
    const found = [...files.keys()].find((name) => name.endsWith(ending) && !name.startsWith('chunk-'));
    if (found === undefined) throw new Error(`the console has no ${ending}`);
    return found;
  };
  // The first view requests its further chunks together with its script, not after it.
  const [, script] = Object.entries(metafile.outputs).find(([name]) => basename(name) === named('.js')) ?? [];
  const needed = (script?.imports ?? [])
    .filter(({ kind }) => kind === 'import-statement')
    .map(({ path }) => `<link rel="modulepreload" href="/console/${basename(path)}" />`);
  const page = readFileSync(join(SOURCE, 'index.html'), 'utf8')
    .replace('{icon}', named('.svg'))
    .replace('{style}', named('.css'))
    .replace('{script}', named('.js'))
    .replace('{needed}', needed.join('\n    '));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, contents] of files) writeFileSync(join(directory, name), contents);
  writeFileSync(join(directory, 'index.html'), page);
  return Object.keys(metafile.inputs);
};
