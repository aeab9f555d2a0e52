import type { PathEntry } from '../../element/archive/path-entry.ts';
import type { ExecutorSpec } from '../../element/executor-spec.ts';
import type { LogSpec } from '../../element/log-spec.ts';
import type {
  ComposedContainer,
  ComposedLayer,
  ComposedStorage,
  ComposedTask,
} from './composed-container.ts';

/** One element's own data, to be unpacked over what its ancestors' made; without data it only carries metadata. */
export interface Layer extends Omit<ComposedLayer, 'registryImage'> {
  /** What its archive has on the way to other storage that is mounted in it; absent where nobody knows. */
  readonly paths?: ReadonlyMap<string, PathEntry>;
  /** `ro` metadata whose values are text; an image may name one that a registry keeps. */
  readonly ro: Readonly<Record<string, string>>;
}

/**
 * Storage as a plan finds it. What was written to it belongs to its instance, and to no other storage of this name: a volume from its
 * creation on, an image for as long as it is joined.
 */
export interface PlannedStorage extends Omit<ComposedStorage, 'layers' | 'obstacle'> {
  /** The chain that it begins as, the eldest ancestor first, itself last. */
  readonly layers: readonly Layer[];
}

/** A task as it was joined. */
export interface PlannedTask extends Pick<ComposedTask, 'id' | 'attempt' | 'boundBy' | 'spec'> {
  /** Fields that the overrides of its join say. */
  readonly overridden?: readonly string[];
}

/** All that a plan is made of, as it is at one moment. */
export interface PlanInput {
  readonly executor: { readonly id: string; readonly spec: ExecutorSpec };
  /** The image that says how tasks run on what is at `/`; absent where none does. */
  readonly image?: ComposedContainer['image'] & object;
  /** In the order in which they joined. */
  readonly storage: readonly PlannedStorage[];
  readonly tasks: readonly PlannedTask[];
  /** In the order in which they joined; the first is the default sink. */
  readonly logs: readonly { readonly id: string; readonly spec: LogSpec }[];
}

/** Why a composition cannot be expressed: where, and what of it. */
export interface Reason {
  /** `tasks["task://…"].process.user.username`, `storage["volume://…"]`, `executor.resources`. */
  readonly path: string;
  readonly message: string;
}

/** A plan, or every reason why there is none. */
export type Rendered<P> = { readonly plan: P } | { readonly reasons: readonly Reason[] };
