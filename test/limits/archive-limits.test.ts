/** Archives of much, as `docs/archives.md` has them, against the reader. */
import { describeRows } from '../archives/described-rows.ts';
import { limits } from '../archives/limits.ts';

describeRows(limits);
