import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { Reported } from '../../../lib/composition/report-task.ts';
import { associateTask, dissociateTask, listTasks } from '../../../lib/element/associations.ts';
import { checkId, type ElementId } from '../../../lib/element/id.ts';
import { inlineTask } from '../../../lib/element/member-id.ts';
import type { Dependencies } from '../../dependencies.ts';
import { readJson } from '../body.ts';
import { ELEMENT_PATH, readElementId } from '../element-path.ts';
import { markReplayed, readIdempotency } from '../idempotency-key.ts';
import { composing } from '../loading.ts';
import { pageQuery, readQuery } from '../query.ts';
import type { ApiContext, ApiEnvironment } from '../request.ts';
import { answerElement } from './elements.ts';

/** The path of one task of an element: of a task that is associated with storage, or runs on an executor. */
export const TASK_PATH = `${ELEMENT_PATH}/tasks/:taskLocation/:taskName`;

export const noQuery = z.strictObject({});

const readTaskId = (c: ApiContext): ElementId =>
  checkId('task', c.req.param('taskLocation') ?? '', c.req.param('taskName') ?? '', 'path');

/**
 * A task of an executor. A location of executors contains no tasks, so a task with its executor's location is an
 * inline one.
 */
export const readReported = (c: ApiContext): Reported => {
  const [executor, task] = [readElementId(c), readTaskId(c)];
  const isInline = executor.kind === 'executor' && task.location === executor.location;
  return { executor, task: isInline ? inlineTask(executor, task.name, 'path') : task };
};

export const elementTaskRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  const readBoth = (c: ApiContext) => ({ storage: readElementId(c), task: readTaskId(c) });

  routes.get(`${ELEMENT_PATH}/tasks`, async (c) => {
    readQuery(c, noQuery);
    return c.json(await listTasks(deps, c.get('caller').principal, readElementId(c)));
  });

  routes.put(TASK_PATH, async (c) =>
    answerElement(deps, c, await associateTask(deps, c.get('caller'), readBoth(c))),
  );

  routes.delete(TASK_PATH, async (c) => {
    await dissociateTask(deps, c.get('caller'), readBoth(c));
    return c.body(null, 204);
  });

  routes.post(`${TASK_PATH}/reports`, async (c) => {
    const reported = readReported(c);
    const { reportTask } = await composing();
    const idempotency = await readIdempotency(c);
    const outcome = await reportTask(deps, c.get('caller'), reported, await readJson(c), idempotency);
    markReplayed(c, outcome.replayed);
    return c.json(outcome.value, 201);
  });

  routes.get(`${TASK_PATH}/reports`, async (c) => {
    const page = readQuery(c, pageQuery);
    const { listReports } = await composing();
    return c.json(await listReports(deps, c.get('caller').principal, readReported(c), page));
  });

  return routes;
};
