import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import { hidingHolder } from '../element/hidden-holder.ts';
import { type ElementId, parseId } from '../element/id.ts';
import { tellingReferences } from '../element/in-use.ts';
import { locate } from '../element/located.ts';
import { TaskportError } from '../errors.ts';
import { type Idempotency, type Outcome, once, unwritten } from '../idempotency.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import { assertOpen } from './closing.ts';
import { type Composition, type CompositionChange, nextComposition } from './composition.ts';
import type { CompositionReplacement } from './composition-store.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { type Handle, staleHandle } from './handle.ts';

/** A call on the composition that a handle names. */
export interface Operation {
  readonly caller: Caller;
  readonly handle: Handle;
  readonly idempotency?: Idempotency;
}

/** The fields that an operation changes, and the further changes of the same step. */
export interface Effect
  extends Omit<CompositionReplacement, 'composition' | 'former' | 'caller' | 'idempotency'> {
  readonly change: CompositionChange;
}

export const executorOf = ({ executorId }: Pick<Handle, 'executorId'>): ElementId =>
  parseId(executorId, 'handle');

/** The present composition, for a repeat of a request whose key was used before. */
export const readAfter = async (
  { known, compositions }: CompositionDependencies,
  { principal }: Caller,
  executorId: string,
): Promise<Composition> => {
  await locate(known, principal, executorOf({ executorId }), 'compose');
  const composition = await compositions.get(executorId);
  if (!composition) throw staleHandle();
  return composition;
};

/** The composition, if the handle names its present state. Throws `stale-handle`. */
export const readNamed = async (
  { compositions }: Pick<CompositionDependencies, 'compositions'>,
  { executorId, nonce }: Handle,
): Promise<Composition> => {
  const composition = await compositions.get(executorId);
  if (composition?.nonce !== nonce) throw staleHandle();
  return composition;
};

/**
 * Runs an operation on the composition that a handle names, in one step, and answers the next state. `decide`
 * gets the present state and may refuse; if it changes nothing, nothing is written. Reports on tasks keep
 * handles valid, so if one comes between, `decide` runs again.
 */
export const operate = (
  deps: CompositionDependencies,
  { caller, handle, idempotency }: Operation,
  decide: (composition: Composition, location: Location) => Effect | undefined | Promise<Effect | undefined>,
): Promise<Outcome<Composition>> => {
  const effect = async (): Promise<Composition> => {
    const location = await locate(deps.known, caller.principal, executorOf(handle), 'compose');
    return untilUncontended(async () => {
      const former = await readNamed(deps, handle);
      assertOpen(former);
      const decided = await decide(former, location);
      if (!decided) return unwritten(deps.idempotency, idempotency, former);
      const { change, ...beside } = decided;
      const at = new Date(deps.now()).toISOString();
      const composition = nextComposition(former, change, at, caller, deps.newId());
      const replacement = { ...beside, composition, former, caller, ...defined({ idempotency }) };
      await tellingReferences(deps.known, caller.principal, () => deps.compositions.replace(replacement));
      return composition;
    });
  };
  return hidingHolder(deps.known, caller.principal, () =>
    once(deps.idempotency, idempotency, effect, (id) => readAfter(deps, caller, id)),
  );
};

export const notJoined = (id: string): TaskportError =>
  new TaskportError(
    'not-joined',
    `${id} is not joined: join it first, or read the composition to see its members`,
    { id },
  );

/** Throws `not-joined` unless the element is a member. */
export const memberOf = ({ members }: Composition, id: string) => {
  const member = members.find((candidate) => candidate.id === id);
  if (!member) throw notJoined(id);
  return member;
};

export const notBound = (id: string): TaskportError =>
  new TaskportError(
    'not-bound',
    `${id} is not bound: bind it first, or read the composition to see its bound members`,
    { id },
  );

export const alreadyBound = (id: string): TaskportError =>
  new TaskportError('already-bound', `${id} is bound already: unbind it first`, { id });
