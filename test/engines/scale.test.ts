import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { Recorded } from '../../bench/scale/operations.ts';
import { belowCeiling, scalePage } from '../../bench/scale/page.ts';
import { recorded } from '../../bench/scale/recorded.ts';

let found: Recorded;
beforeAll(async () => {
  found = await recorded();
  // It takes 40 s alone on a machine.
}, 1_200_000);

test('every partition sustains 10,000 operations a second on distinct elements', () => {
  expect(belowCeiling(found).filter(({ reason }) => reason === undefined)).toEqual([]);
});

test('docs/scale.md has the computed numbers: `npm run scale` writes it', async () => {
  expect(await readFile('docs/scale.md', 'utf8')).toBe(scalePage(found));
});
