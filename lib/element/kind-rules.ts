import type * as z from 'zod/mini';
import type { Kind } from '../location/location.ts';

/** A specification as JSON keeps it. */
export type Spec = Readonly<Record<string, unknown>>;

/** What sets one kind of element apart from another; the mechanism around it is the same for all. */
export interface KindRules {
  /** What a refusal calls it. */
  readonly called: string;
  /** Kinds that may be its parent. */
  readonly parents: readonly Kind[];
  /** What its data must be: a layer, which is a tar archive and no whole image; a tar archive; any bytes; or none at all. */
  readonly data: 'layer' | 'archive' | 'any' | 'none';
  /** Whether its data may be replaced while nothing refers to it. */
  readonly replaceable: boolean;
  /** Whether it has a capacity and free space. */
  readonly hasSpace: boolean;
  /** Whether it has the empty root for a parent when it names none. */
  readonly fromScratch: boolean;
  /** Whether its specification begins as its parent's. */
  readonly inheritsSpec: boolean;
  /** The schema of its specification, loaded by who needs it: most calls do not, and a cold start waits for none. */
  readonly spec: () => Promise<z.ZodMiniType<Spec>>;
  /** Fields of the specification that an update may change. */
  readonly changeable: readonly string[];
}

/** Whether data has to be an archive. */
export const isArchive = ({ data }: Pick<KindRules, 'data'>): boolean =>
  data === 'layer' || data === 'archive';
