import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { LaunchTable } from '../../lib/adapters/dynamodb/launch-table.ts';
import { LocationTable } from '../../lib/adapters/dynamodb/location-table.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { defined } from '../../lib/defined.ts';
import { loaded } from '../../lib/loaded.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import { accountFor } from '../invocation.ts';
import { handlerOf } from './handler.ts';

const table = new Table(createDynamoClient(), readEnvironment('table').table);
const locations = new LocationTable(table);
const stores = {
  launches: new LaunchTable(table),
  locations,
  known: new LocationCache(locations, Date.now),
};
const engine = loaded(async () => (await import('./fargate.ts')).createEngine(table, stores));

/** Runs tasks on Fargate: does what is due for the executor of an event, or for all. */
export const handler = accountFor(
  'dispatch',
  handlerOf({ engine, ...stores }),
  (_, { looked, failed, strays, problem }) => ({
    fields: defined({ looked, failed, strays, problem }),
    metrics: strays
      ? [
          {
            values: {
              Reconciliations: 1,
              Reconciled: looked.length,
              Unreconciled: failed.length,
              Strays: strays.length,
            },
          },
        ]
      : [],
  }),
);
