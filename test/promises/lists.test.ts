import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { targetNames } from '../../lib/composition/plan/target.ts';
import { kinds } from '../../lib/kind/index.ts';
import { filesBelow } from '../files-below.ts';

const SEARCHED = ['lib', 'functions', 'cli', 'client', 'console', 'docs/generate', 'events', 'infra/stack'];

/** A regular expression for lists of kinds or targets: `['image', 'volume'`, `'image' | 'volume'`, `kind === 'image' || kind === 'volume'`. */
const listOf = (names: readonly string[]): RegExp => {
  const name = `'(${names.join('|')})'`;
  return new RegExp(`${name}(,|\\s*\\|\\|?\\s*([\\w.]+ [!=]== )?)\\s*${name}`);
};

/** The source files with lists that follow from a table. */
const listing = (sources: Readonly<Record<string, string>>): string[] =>
  Object.entries(sources)
    .filter(([, text]) => [kinds, targetNames].some((names) => listOf(names).test(text)))
    .map(([path]) => path);

const sources = Object.fromEntries(
  SEARCHED.flatMap(filesBelow)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => [path, readFileSync(path, 'utf8')]),
);

it('only their tables list kinds and targets', () => {
  // The parents of a volume are a rule, not such a list.
  expect(listing(sources)).toEqual(['lib/kind/volume.ts']);
});

it.each([
  "z.enum(['image', 'volume'])",
  "kind: 'task' | 'log'",
  "kind === 'image' || kind === 'volume'",
  "['oci', 'ecs']",
])('a list is found: %s', (text) => expect(listing({ 'lib/some.ts': text })).toEqual(['lib/some.ts']));
