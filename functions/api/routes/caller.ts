import { Hono } from 'hono';
import { defined } from '../../../lib/defined.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { ApiEnvironment } from '../request.ts';

/** The caller, as grants name it; only administrators see the other administrators. */
export const callerRoutes = ({ administrators }: Dependencies): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();
  routes.get('/', (c) => {
    const { principal } = c.get('caller');
    const administrator = administrators.has(principal);
    return c.json({
      principal,
      administrator,
      ...defined({ administrators: administrator ? [...administrators] : undefined }),
    });
  });
  return routes;
};
