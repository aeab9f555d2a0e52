import type { Reference } from './shown-element.ts';

/** Thrown by a store that found others referring to an element: which of them the caller may be told, the store does not know. */
export class ReferredError extends Error {
  override readonly name = 'ReferredError';
  readonly references: readonly Reference[];
  /** The element, where it is not the one that was asked for. */
  readonly id: string | undefined;

  constructor(references: readonly Reference[], id?: string) {
    super('others refer to the element');
    this.references = references;
    this.id = id;
  }
}
