import * as z from 'zod/mini';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import { locate } from '../element/located.ts';
import type { PageJson } from '../element/page.ts';
import { described, optional } from '../facts.ts';
import { inOrder } from '../in-order.ts';
import { LOCATION_NAME } from '../location/location.ts';
import type { Principal } from '../principal.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { type ListedRun, listedRun } from './listed-run.ts';
import { run } from './run-schema.ts';

/** Selects the runs of a list. */
export const runsQuery = {
  executorLocation: described(
    z.string().check(z.regex(LOCATION_NAME, 'must be the name of a location')),
    'The location of the executors.',
  ),
  state: optional(
    run.shape.state,
    'The state of the runs to list. A run that was stopped before it started is `created`.',
  ),
};

interface RunsRequest {
  readonly executorLocation: string;
  readonly state?: ListedRun['state'];
  readonly limit: number;
  readonly cursor?: string;
}

/** A time, and a digest that tells runs of the same time apart. */
const PLACE = /^[0-9TZ:.+-]{0,40}#[0-9a-f]{16}$/;

/**
 * A page of the runs in a location of executors, the latest bind first. It reads `limit` rows and filters them
 * by state, so a page may have fewer than `limit` runs, or none, and others may follow. Throws
 * `unknown-location`, `permission-denied`, `invalid-request`.
 */
export const listRuns = async (
  { known, compositions }: Pick<CompositionDependencies, 'known' | 'compositions'>,
  principal: Principal,
  { executorLocation, state, limit, cursor }: RunsRequest,
): Promise<PageJson<ListedRun>> => {
  const of = { kind: 'executor', location: executorLocation } as const;
  const { name, createdAt } = await locate(known, principal, of, 'read');
  const query = ['runs', name, createdAt, state];
  const after = decodeCursor(query, cursor, (text) => PLACE.test(text));
  const { items, next } = await compositions.runs({ location: name, limit, ...defined({ state, after }) });
  const shown = items.map((run) => inOrder(listedRun, run));
  return defined({ items: shown, cursor: next && encodeCursor(query, next) });
};
