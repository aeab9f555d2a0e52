import type { ElementDependencies } from '../element/dependencies.ts';
import type { CompositionStore } from './composition-store.ts';

/** What the operations on compositions stand on. */
export interface CompositionDependencies
  extends Pick<
    ElementDependencies,
    'elements' | 'tags' | 'blobs' | 'known' | 'idempotency' | 'now' | 'newId' | 'limits' | 'saves'
  > {
  readonly compositions: CompositionStore;
  /** Tells the handles of this deployment from those of another. */
  readonly deployment: string;
}
