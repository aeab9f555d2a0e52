import type { CompositionJson } from '../../lib/composition/shown-composition.ts';

/** What is done to a composition: it is given the latest handle, and answers the next. */
export type Operation = (handle: string) => Promise<{ readonly composition: CompositionJson }>;
