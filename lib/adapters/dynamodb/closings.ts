import { randomUUID } from 'node:crypto';
import { advanceClosing } from '../../composition/advance-closing.ts';
import { LocationCache } from '../../location/location-cache.ts';
import { CompositionTable } from './composition-table.ts';
import { ElementTable } from './element-table.ts';
import type { Table } from './engine/table.ts';
import { LocationTable } from './location-table.ts';
import { RunnerTable } from './runner-table.ts';

/** Continues the closing of an executor's composition, as far as it can. */
export const goOnClosing = (table: Table, now: () => number, executorId: string) =>
  advanceClosing(
    {
      compositions: new CompositionTable(table),
      elements: new ElementTable(table),
      known: new LocationCache(new LocationTable(table), now),
      runners: new RunnerTable(table),
      now,
      newId: randomUUID,
    },
    executorId,
  );
