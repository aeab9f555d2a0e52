import { randomUUID } from 'node:crypto';
import type { EventBridgeEvent } from 'aws-lambda';
import { CompositionTable } from '../../lib/adapters/dynamodb/composition-table.ts';
import { ElementTable } from '../../lib/adapters/dynamodb/element-table.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { LocationTable } from '../../lib/adapters/dynamodb/location-table.ts';
import { RunnerTable } from '../../lib/adapters/dynamodb/runner-table.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { AlarmSchedules, createSchedulerClient } from '../../lib/adapters/scheduler/alarm-schedules.ts';
import { advanceClosing } from '../../lib/composition/advance-closing.ts';
import { superviseTask } from '../../lib/composition/supervise-task.ts';
import { supervisedBy } from '../../lib/event/supervision-due.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import { accountFor } from '../invocation.ts';

const { table, ...alarms } = readEnvironment('table', 'alarmGroup', 'alarmRole', 'busArn');
const rows = new Table(createDynamoClient(), table);
const compositions = new CompositionTable(rows);
const known = new LocationCache(new LocationTable(rows), Date.now);
const [elements, runners] = [new ElementTable(rows), new RunnerTable(rows)];
const times = { now: Date.now, newId: randomUUID };
const deps = {
  compositions,
  close: (executorId: string) =>
    advanceClosing({ compositions, elements, known, runners, ...times }, executorId),
  wakeUps: new AlarmSchedules(createSchedulerClient(), alarms),
  ...times,
};

/** Does what is due about the task that an event is of. */
const supervise = async ({ detail }: EventBridgeEvent<string, unknown>) => {
  const { executorId, taskId } = supervisedBy(detail);
  return { executor: executorId, task: taskId, done: await superviseTask(deps, executorId, taskId) };
};

export const handler = accountFor('supervise', supervise, (_, { done, ...fields }) => ({
  // One is what there is; of several, which nobody saw yet, the first gives its name to all.
  fields: { ...fields, action: done[0] },
  metrics: [{ by: 'action', values: done.length > 0 ? { Supervised: done.length } : {} }],
}));
