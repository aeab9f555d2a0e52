import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { Recorded } from '../../bench/scale/operations.ts';
import { belowCeiling, scalePage } from '../../bench/scale/page.ts';
import { recorded } from '../../bench/scale/recorded.ts';

let found: Recorded;
beforeAll(async () => {
  found = await recorded();
});

test('no partition bears fewer than 10,000 operations a second on distinct elements', () => {
  expect(belowCeiling(found).filter(({ reason }) => reason === undefined)).toEqual([]);
});

test('the page on what a deployment bears is what the requests come to: `npm run scale` writes it', async () => {
  expect(await readFile('docs/scale.md', 'utf8')).toBe(scalePage(found));
});
