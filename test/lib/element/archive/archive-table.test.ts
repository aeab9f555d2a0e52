/** The table of accepted archives in `docs/archives.md`, compared with the reader, row by row in both directions. */
import { expect, it } from 'vitest';
import { describeRows, said } from '../../../archives/described-rows.ts';
import { limits } from '../../../archives/limits.ts';
import { rows } from '../../../archives/rows.ts';

it('the page has a row for each tested archive, and a test for each row', () => {
  expect([...said.keys()].toSorted()).toEqual(Object.keys(rows).toSorted());
});

// Large archives have their own file beside this one.
describeRows(Object.fromEntries(Object.entries(rows).filter(([what]) => !(what in limits))));
