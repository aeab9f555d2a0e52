import type { Reference } from './shown-element.ts';

/** Thrown by a store if others refer to an element. The store does not know which references the caller may read. */
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
