import type { ElementDependencies } from '../element/dependencies.ts';
import type { LocationDependencies } from '../location/locations.ts';
import type { CompositionStore } from './composition-store.ts';

/** What the operations on compositions stand on. */
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
