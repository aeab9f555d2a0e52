import { parseId } from '../../element/id.ts';
import { locate } from '../../element/located.ts';
import { TaskportError } from '../../errors.ts';
import { inOrder } from '../../in-order.ts';
import { assertRuns, type RunnerDependencies } from '../../location/runners.ts';
import type { Caller } from '../../principal.ts';
import { validate } from '../../validation.ts';
import { assertRelay } from './open-session.ts';
import type { Relay } from './session.ts';
import { type ServedSession, servedSession, sessionClaim } from './session-schema.ts';

/**
 * Makes a runner accept a session. It takes the permission to `execute`. Throws `stale-runner`, and `not-found`
 * for a session that no longer waits, or is of another location.
 */
export const serveSession = async (
  deps: Pick<RunnerDependencies, 'known' | 'runners'>,
  relay: Relay | undefined,
  { principal }: Caller,
  name: string,
  body: unknown,
  urlOf: (path: string) => string,
): Promise<ServedSession> => {
  const { session: id, epoch } = validate(sessionClaim, body);
  const location = await locate(deps.known, principal, { kind: 'executor', location: name }, 'execute');
  assertRelay(relay);
  await assertRuns(deps, location, epoch);
  const found = relay.waiting(id);
  if (!found || parseId(found.executorId, 'executorId').location !== name)
    throw new TaskportError(
      'not-found',
      `no session ${id} of ${name} waits for a runner: have the client open another`,
      { id },
    );
  const { principal: _, composition: __, ...told } = found;
  const { path, expiresAt } = relay.serve(id, principal);
  return inOrder(servedSession, { ...told, url: urlOf(path), expiresAt });
};
