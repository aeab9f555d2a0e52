import * as z from 'zod/mini';
import { type ElementId, formatId, parseId } from '../element/id.ts';
import { executorId } from '../element/id-schema.ts';
import { locate, notFound } from '../element/located.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { described } from '../facts.ts';
import { type Idempotency, type Outcome, once, unwritten } from '../idempotency.ts';
import { rules } from '../kind/index.ts';
import { permits } from '../location/access.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import type { Composition } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';

/** The executor whose composition the caller opens. */
export const openRequest = z.strictObject({ executorId: described(executorId, 'The ID of the executor.') });

/** The number of tries while other calls add or remove the composition. */
const MAX_TRIES = 8;

/** The ID of an executor. Throws `invalid-request` for an ID of another kind. */
export const parseExecutor = (text: string): ElementId => {
  const id = parseId(text, 'executorId');
  if (id.kind !== 'executor')
    throw invalidRequest({ path: 'executorId', message: `is ${rules[id.kind].called}: name an executor` });
  return id;
};

/** A composition without members. */
export const emptyComposition = (
  deps: Pick<CompositionDependencies, 'now' | 'newId'>,
  executorId: string,
  { principal }: Caller,
): Composition => {
  const at = new Date(deps.now()).toISOString();
  return {
    executorId,
    incarnation: deps.newId(),
    nonce: deps.newId(),
    revision: 1,
    members: [],
    attempts: {},
    attemptFloor: 0,
    createdAt: at,
    modifiedAt: at,
    modifiedBy: principal,
  };
};

/**
 * Answers the composition of an executor, and creates an empty one if there is none. It takes the permission to
 * compose, to execute or to interact. Throws `unknown-location`, `permission-denied`, `not-found`.
 */
export const openComposition = async (
  deps: CompositionDependencies,
  caller: Caller,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<Composition>> => {
  const id = parseExecutor(validate(openRequest, body).executorId);
  const key = formatId(id);
  const open = async (used?: Idempotency): Promise<Composition> => {
    const { principal } = caller;
    const location = await deps.known.get(id.location);
    const action = (['execute', 'interact'] as const).find((each) => permits(location, principal, each));
    await locate(deps.known, principal, id, action ?? 'compose');
    for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
      const [executor, found] = await Promise.all([deps.elements.get(key), deps.compositions.get(key)]);
      if (!executor) throw notFound(id);
      if (found) return unwritten(deps.idempotency, used, found);
      const composition = emptyComposition(deps, key, caller);
      if (await deps.compositions.add(composition, executor, used)) return composition;
    }
    throw new TaskportError('unavailable', `${key} is being changed by others: try again`);
  };
  return once(
    deps.idempotency,
    idempotency,
    () => open(idempotency),
    () => open(),
  );
};
