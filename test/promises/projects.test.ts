/** Checks the projects of `vitest.config.ts`: a test file outside all of them would never run. */
import { execFileSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow } from '../files-below.ts';

const ROOT = join(import.meta.dirname, '../..');

test('every test file is in one project', () => {
  const files = filesBelow(join(ROOT, 'test'))
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => relative(ROOT, path));
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const listed = execFileSync(process.execPath, [vitest, 'list', '--filesOnly', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const run = JSON.parse(listed).map(({ file }: { file: string }) => file.slice(ROOT.length + 1));
  expect(run.toSorted()).toEqual(files.toSorted());
});
