import { compressions } from './compressions.ts';
import { entries } from './entries.ts';
import { extensions } from './extensions.ts';
import { formats } from './formats.ts';
import { layers } from './layers.ts';
import { limits, withinCall } from './limits.ts';
import { names } from './names.ts';
import type { Rows } from './row.ts';

/** The table in `docs/archives.md`, with archives for each row. */
export const rows: Rows = {
  ...formats,
  ...entries,
  ...names,
  ...layers,
  ...extensions,
  ...compressions,
  ...limits,
  ...withinCall,
};

export const rowsWithinCall: ReadonlySet<string> = new Set(Object.keys(withinCall));
