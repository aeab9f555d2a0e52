import type { PathEntry } from '../../element/archive/path-entry.ts';
import type { ExecutorSpec } from '../../element/executor-spec.ts';
import type { LogSpec } from '../../element/log-spec.ts';
import type {
  ComposedContainer,
  ComposedLayer,
  ComposedStorage,
  ComposedTask,
} from './composed-container.ts';

/**
 * One element's own data, which is unpacked over that of its ancestors; a layer without data carries only
 * metadata.
 */
export interface Layer extends Omit<ComposedLayer, 'registryImage'> {
  /**
   * The entries of its archive at the paths above other storage that is mounted in it; absent if they are
   * unknown.
   */
  readonly paths?: ReadonlyMap<string, PathEntry>;
  /** `ro` metadata whose values are text; an image may name one in a registry there. */
  readonly ro: Readonly<Record<string, string>>;
}

/**
 * Storage in the form in which a plan takes it. Writes belong to this instance, and not to later storage of the
 * same name: for a volume from its creation on, or while it is bound if nobody saves its writes; for an image
 * while it is joined.
 */
export interface PlannedStorage extends Omit<ComposedStorage, 'layers' | 'obstacle'> {
  /** The chain of layers with which it begins, the oldest ancestor first, itself last. */
  readonly layers: readonly Layer[];
}

/** A task as it was joined. */
export interface PlannedTask extends Pick<ComposedTask, 'id' | 'attempt' | 'boundBy' | 'spec'> {
  /** The fields that the overrides of its join set. */
  readonly overridden?: readonly string[];
}

/** All inputs of a plan, as they are at one moment. */
export interface PlanInput {
  readonly executor: { readonly id: string; readonly spec: ExecutorSpec };
  /** The image whose configuration tasks use on the storage at `/`; absent if there is none. */
  readonly image?: ComposedContainer['image'] & object;
  /** In the order in which they joined. */
  readonly storage: readonly PlannedStorage[];
  readonly tasks: readonly PlannedTask[];
  /** In the order in which they joined; the first is the default sink. */
  readonly logs: readonly { readonly id: string; readonly spec: LogSpec }[];
}

/** A reason why a target cannot express a composition: the field, and the message. */
export interface Reason {
  /** `tasks["task://…"].process.user.username`, `storage["volume://…"]`, `executor.resources`. */
  readonly path: string;
  readonly message: string;
}

/** A plan, or every reason why there is no plan. */
export type Rendered<P> = { readonly plan: P } | { readonly reasons: readonly Reason[] };
