import { Hono } from 'hono';
import * as z from 'zod/mini';
import { bindElements } from '../../../lib/composition/bind.ts';
import type { Composition } from '../../../lib/composition/composition.ts';
import { formatHandle, type Handle, parseHandle } from '../../../lib/composition/handle.ts';
import { interruptTask } from '../../../lib/composition/interrupt.ts';
import { joinElement } from '../../../lib/composition/join.ts';
import { leaveElement } from '../../../lib/composition/leave.ts';
import { openComposition } from '../../../lib/composition/open-composition.ts';
import type { Operation } from '../../../lib/composition/operation.ts';
import { target } from '../../../lib/composition/plan/targets.ts';
import { planComposition } from '../../../lib/composition/plan-composition.ts';
import { readComposition } from '../../../lib/composition/read-composition.ts';
import { presentHandle } from '../../../lib/composition/representation.ts';
import { unbindElements } from '../../../lib/composition/unbind.ts';
import type { Outcome } from '../../../lib/idempotency.ts';
import type { Dependencies } from '../../dependencies.ts';
import {
  type ApiContext,
  type ApiEnvironment,
  markReplayed,
  readIdempotency,
  readJson,
  readOptionalJson,
  readQuery,
} from '../request.ts';

const planQuery = z.strictObject({ target });

/** The operations on a composition, and how each reads its request. */
const operations = {
  join: { run: joinElement, read: readJson },
  bind: { run: bindElements, read: readOptionalJson },
  unbind: { run: unbindElements, read: readOptionalJson },
  leave: { run: leaveElement, read: readJson },
  interrupt: { run: interruptTask, read: readJson },
} as const;

export const compositionRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  const readHandle = (c: ApiContext): Handle => parseHandle(deps.deployment, c.req.param('handle') ?? '');
  const readOperation = async (c: ApiContext): Promise<Operation> => {
    const idempotency = await readIdempotency(c);
    return { caller: c.get('caller'), handle: readHandle(c), ...(idempotency ? { idempotency } : {}) };
  };
  const answer = (
    c: ApiContext,
    { value, replayed }: Outcome<Composition>,
    status: 200 | 201 = 200,
  ): Response => {
    markReplayed(c, replayed);
    return c.json(presentHandle(deps.deployment, value), status);
  };

  routes.post('/', async (c) => {
    const outcome = await openComposition(deps, c.get('caller'), await readJson(c), await readIdempotency(c));
    c.header('location', `/v1/compositions/${formatHandle(deps.deployment, outcome.value)}`);
    return answer(c, outcome, 201);
  });

  routes.get('/:handle', async (c) => {
    const composition = await readComposition(deps, c.get('caller').principal, readHandle(c));
    return c.json(presentHandle(deps.deployment, composition));
  });

  routes.get('/:handle/plan', async (c) => {
    const handle = readHandle(c);
    const query = readQuery(c, planQuery);
    return c.json(await planComposition(deps, c.get('caller').principal, handle, query.target));
  });

  for (const [name, { run, read }] of Object.entries(operations)) {
    routes.post(`/:handle/${name}`, async (c) =>
      answer(c, await run(deps, await readOperation(c), await read(c))),
    );
  }

  return routes;
};
