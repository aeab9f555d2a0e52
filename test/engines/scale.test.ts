import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { scalePage } from '../../bench/scale/page.ts';
import { recorded } from '../../bench/scale/recorded.ts';

test('the page on what a deployment bears is what the requests come to: `npm run scale` writes it', async () => {
  expect(await readFile('docs/scale.md', 'utf8')).toBe(scalePage(await recorded()));
});
