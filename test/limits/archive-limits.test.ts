/** Large archives in `docs/archives.md`, compared with the reader. */
import { describeRows } from '../archives/described-rows.ts';
import { limits } from '../archives/limits.ts';

describeRows(limits);
