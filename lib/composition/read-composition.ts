import { locate } from '../element/located.ts';
import type { Principal } from '../principal.ts';
import type { Composition } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import type { Handle } from './handle.ts';
import { executorOf, readNamed } from './operation.ts';

/** Reads the composition that a handle names. Throws `invalid-handle`, `stale-handle`, `permission-denied`. */
export const readComposition = async (
  deps: CompositionDependencies,
  principal: Principal,
  handle: Handle,
): Promise<Composition> => {
  await locate(deps.known, principal, executorOf(handle), 'read');
  return readNamed(deps, handle);
};
