import type { ElementDependencies } from '../element/dependencies.ts';
import type { LocationDependencies } from '../location/locations.ts';
import type { CompositionStore } from './composition-store.ts';

/** The dependencies of the operations on compositions. */
export interface CompositionDependencies
  extends Pick<
      ElementDependencies,
      'elements' | 'tags' | 'blobs' | 'known' | 'idempotency' | 'now' | 'newId' | 'limits' | 'saves'
    >,
    Pick<LocationDependencies, 'engines'> {
  readonly compositions: CompositionStore;
  /** Tells the handles of this deployment from those of another. */
  readonly deployment: string;
}
