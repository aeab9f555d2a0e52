/** The table of what archives are taken, as `docs/archives.md` has it, against the reader: row by row, none missing on either side. */
import { expect, it } from 'vitest';
import { describeRows, said } from '../../../archives/described-rows.ts';
import { limits } from '../../../archives/limits.ts';
import { rows } from '../../../archives/rows.ts';

it('the page has a row for all that is tried, and all that it has a row for is tried', () => {
  expect([...said.keys()].toSorted()).toEqual(Object.keys(rows).toSorted());
});

// What is much is tried in a file of its own, beside this one.
describeRows(Object.fromEntries(Object.entries(rows).filter(([what]) => !(what in limits))));
