import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The package of a source; none for our own sources. */
const packageOf = (source: string): string[] => {
  const [, directory] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
  return directory === undefined ? [] : [directory];
};

/** The licence notices of the bundled packages: their names and terms. `sources` are relative to `root`. */
export const noticesOf = async (root: string, sources: readonly string[]): Promise<string> => {
  const directories = [...new Set(sources.flatMap(packageOf))].map((directory) => join(root, directory));
  /** Many packages have identical terms. */
  const named = new Map<string, string[]>();
  for (const directory of directories) {
    const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
    const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
    const terms = texts.map((text) => text.trim()).join('\n\n');
    named.set(terms, [...(named.get(terms) ?? []), `${name} ${version} (${license})`]);
  }
  return [...named]
    .map(([terms, names]) => `${names.toSorted().join('\n')}\n\n${terms}\n`)
    .toSorted()
    .join(`\n${'-'.repeat(80)}\n\n`);
};
