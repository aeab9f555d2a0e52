import { readFileSync } from 'node:fs';
import { posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { filesBelow } from '../files-below.ts';
import { everything } from './additions.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const IS_ENGINE = /\bimplements Engine\b|\): Engine =>/;

type Sources = Readonly<Record<string, string>>;

const sourcesOf = (directory: string): Sources =>
  Object.fromEntries(
    filesBelow(`${ROOT}${directory}`)
      .filter((path) => path.endsWith('.ts'))
      .map((path) => [relative(ROOT, path), readFileSync(path, 'utf8')]),
  );

/** The imports of a file, and of the files beside it. */
const importsOf = (path: string, sources: Sources): string[] => {
  const own = [...(sources[path] ?? '').matchAll(/from '(\.[^']+)'/g)];
  return own.flatMap(([, to = '']) => {
    const imported = posix.join(posix.dirname(path), to);
    return to.startsWith('./') ? [imported, ...importsOf(imported, sources)] : [imported];
  });
};

/** The engines without a test of the contract: no test imports them, directly or through files beside it. */
const untested = (sources: Sources): string[] => {
  const tested = Object.entries(sources)
    .filter(([path, text]) => path.endsWith('.test.ts') && text.includes('describeEngine('))
    .flatMap(([path]) => importsOf(path, sources));
  return Object.entries(sources)
    .filter(([path, text]) => IS_ENGINE.test(text) && !/\.(test|contract)\.ts$/.test(path))
    .map(([path]) => path)
    .filter((path) => !tested.includes(path));
};

const sources = {
  ...sourcesOf('lib'),
  ...sourcesOf('cli'),
  ...sourcesOf('test/cli'),
  ...sourcesOf('test/docker'),
  ...sourcesOf('test/execution'),
};
const gadget = 'cli/gadget/gadget-engine.ts';
const contract = 'test/gadget/engine.test.ts';

it('every engine has a test of the contract', () => {
  expect(untested(sources)).toEqual([]);
});

it('an engine without such a test is named', () => {
  expect(untested({ ...sources, [gadget]: everything[gadget] ?? '' })).toEqual([gadget]);
  const both = { [gadget]: everything[gadget] ?? '', [contract]: everything[contract] ?? '' };
  expect(untested({ ...sources, ...both })).toEqual([]);
});
