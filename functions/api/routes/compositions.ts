import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { Composition } from '../../../lib/composition/composition.ts';
import { formatHandle, type Handle, parseHandle } from '../../../lib/composition/handle.ts';
import { openComposition } from '../../../lib/composition/open-composition.ts';
import type { Operation } from '../../../lib/composition/operation.ts';
import { targetNames, targetTitles } from '../../../lib/composition/plan/target.ts';
import { readComposition } from '../../../lib/composition/read-composition.ts';
import { presentHandle } from '../../../lib/composition/representation.ts';
import { specsShownTo } from '../../../lib/composition/shown-specs.ts';
import { defined } from '../../../lib/defined.ts';
import { described } from '../../../lib/facts.ts';
import type { Outcome } from '../../../lib/idempotency.ts';
import { isObject } from '../../../lib/is-object.ts';
import type { Dependencies } from '../../dependencies.ts';
import { readJson, readOptionalJson } from '../body.ts';
import { markReplayed, readIdempotency } from '../idempotency-key.ts';
import { composing, later } from '../loading.ts';
import { readQuery } from '../query.ts';
import type { ApiContext, ApiEnvironment } from '../request.ts';
import { socketUrl } from '../socket-url.ts';

export const planQuery = z.strictObject({
  target: described(
    z.enum(targetNames),
    `What runs it: ${Object.entries(targetTitles)
      .map(([name, title]) => `\`${name}\` (${title})`)
      .join(', ')}.`,
  ),
});

/** The operations on a composition, and how each reads its request. */
const operations = {
  join: { load: async () => (await composing()).joinElement, read: readJson },
  bind: { load: async () => (await composing()).bindElements, read: readOptionalJson },
  unbind: { load: async () => (await composing()).unbindElements, read: readOptionalJson },
  leave: { load: async () => (await composing()).leaveElement, read: readJson },
  interrupt: { load: async () => (await composing()).interruptTask, read: readJson },
} as const;

export const compositionRoutes = (deps: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  const readHandle = (c: ApiContext): Handle => parseHandle(deps.deployment, c.req.param('handle') ?? '');
  const readOperation = async (c: ApiContext): Promise<Operation> => {
    const idempotency = await readIdempotency(c);
    return defined({ caller: c.get('caller'), handle: readHandle(c), idempotency });
  };
  const show = async (
    c: ApiContext,
    composition: Composition,
    status: 200 | 201 | 202,
  ): Promise<Response> => {
    const showsSpec = await specsShownTo(deps.known, c.get('caller').principal, composition);
    return c.json(presentHandle(deps.deployment, composition, showsSpec), status);
  };
  const answer = (
    c: ApiContext,
    { value, replayed }: Outcome<Composition>,
    status: 200 | 201 = 200,
  ): Promise<Response> => {
    markReplayed(c, replayed);
    return show(c, value, status);
  };

  routes.post('/', async (c) => {
    const body = await readJson(c);
    // Whether the body contains more than the executor; few calls on a cold start do.
    const isMore = isObject(body) && Object.keys(body).some((key) => key !== 'executorId');
    const run = isMore ? (await composing()).composeAtOnce : openComposition;
    const outcome = await run(deps, c.get('caller'), body, await readIdempotency(c));
    c.header('location', `/v1/compositions/${formatHandle(deps.deployment, outcome.value)}`);
    return answer(c, outcome, 201);
  });

  routes.get('/:handle', async (c) => {
    const composition = await readComposition(deps, c.get('caller').principal, readHandle(c));
    return show(c, composition, 200);
  });

  routes.get('/:handle/plan', async (c) => {
    const handle = readHandle(c);
    const query = readQuery(c, planQuery);
    const { planComposition } = await later();
    return c.json(await planComposition(deps, c.get('caller').principal, handle, query.target));
  });

  routes.delete('/:handle', async (c) => {
    const { closeComposition, closeQuery } = await composing();
    const operation = { caller: c.get('caller'), handle: readHandle(c) };
    const composition = await closeComposition(deps, operation, readQuery(c, closeQuery));
    return composition ? show(c, composition, 202) : c.body(null, 204);
  });

  for (const [name, { load, read }] of Object.entries(operations)) {
    routes.post(`/:handle/${name}`, async (c) => {
      const run = await load();
      return answer(c, await run(deps, await readOperation(c), await read(c)));
    });
  }

  routes.post('/:handle/sessions', async (c) => {
    const { openSession } = await composing();
    const [handle, body] = [readHandle(c), await readJson(c)];
    const url = socketUrl(c);
    return c.json(await openSession(deps, c.env?.relay, c.get('caller'), handle, body, url), 201);
  });

  return routes;
};
