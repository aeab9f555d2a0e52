import type { Reference } from './shown-element.ts';

/** Thrown by a store that found others referring to an element: which of them the caller may be told, the store does not know. */
export class ReferredError extends Error {
  override readonly name = 'ReferredError';
  readonly id: string;
  readonly references: readonly Reference[];

  constructor(id: string, references: readonly Reference[]) {
    super('others refer to the element');
    this.id = id;
    this.references = references;
  }
}
