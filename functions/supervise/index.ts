import { randomUUID } from 'node:crypto';
import type { EventBridgeEvent } from 'aws-lambda';
import { CompositionTable } from '../../lib/adapters/dynamodb/composition-table.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { AlarmSchedules, createSchedulerClient } from '../../lib/adapters/scheduler/alarm-schedules.ts';
import { superviseTask } from '../../lib/composition/supervise-task.ts';
import { supervisedBy } from '../../lib/event/supervision-due.ts';
import { loaded } from '../../lib/loaded.ts';
import { accountFor } from '../invocation.ts';

const { table, ...alarms } = readEnvironment('table', 'alarmGroup', 'alarmRole', 'busArn');
const rows = new Table(createDynamoClient(), table);
const compositions = new CompositionTable(rows);
/** Loaded by the first composition that is closing; most are not. */
const closings = loaded(() => import('../../lib/adapters/dynamodb/closings.ts'));
const deps = {
  compositions,
  close: async (executorId: string) => (await closings()).goOnClosing(rows, Date.now, executorId),
  wakeUps: new AlarmSchedules(createSchedulerClient(), alarms),
  now: Date.now,
  newId: randomUUID,
};

/** Takes the due action for the task of an event. */
const supervise = async ({ detail }: EventBridgeEvent<string, unknown>) => {
  const { executorId, taskId } = supervisedBy(detail);
  return { executor: executorId, task: taskId, done: await superviseTask(deps, executorId, taskId) };
};

export const handler = accountFor('supervise', supervise, (_, { done, ...fields }) => ({
  // Usually there is one action; if there are several, the first names them all.
  fields: { ...fields, action: done[0] },
  metrics: [{ by: 'action', values: done.length > 0 ? { Supervised: done.length } : {} }],
}));
