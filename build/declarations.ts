/** Writes the declarations of the package's entries into `dist/types/` or the named directory: only those that the entries need. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

const TYPES = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist/types'));
const ALL = join(TYPES, 'all');
/** `from './a.ts'` and `import("./a.ts")`. */
const IMPORTED = /((?:from |import\()["'])(\.{1,2}\/[^"']+)\.ts(?=["'])/g;

/** The declarations that these need, themselves included. */
const reachable = async (paths: readonly string[], found = new Map<string, string>()) => {
  for (const path of paths) {
    if (found.has(path)) continue;
    const text = await readFile(path, 'utf8');
    // TypeScript resolves a declaration by the extension of the JavaScript file.
    found.set(path, text.replace(IMPORTED, '$1$2.js'));
    const imported = [...text.matchAll(IMPORTED)].map(([, , to]) => join(dirname(path), `${to}.d.ts`));
    await reachable(imported, found);
  }
  return found;
};

/** Writes them for one module format: the nearest package.json sets the format of a declaration. */
const write = async (form: 'esm' | 'cjs', entries: readonly string[]): Promise<void> => {
  const declarations = await reachable(entries.map((entry) => join(ALL, entry, 'index.d.ts')));
  for (const [path, text] of declarations) {
    const to = join(TYPES, form, relative(ALL, path));
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, text);
  }
};

await rm(TYPES, { recursive: true, force: true });
execFileSync('tsc', ['-p', import.meta.dirname, '--outDir', ALL], { stdio: 'inherit' });
await write('esm', ['client', 'events']);
await write('cjs', ['client', 'events', 'infra']);
await writeFile(join(TYPES, 'cjs/package.json'), '{ "type": "commonjs" }\n');
await rm(ALL, { recursive: true });
