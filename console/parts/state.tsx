import { SCRATCH } from '../../lib/element/id.ts';
import type { ElementJson } from '../../lib/element/representation.ts';

/** The state of an element; an image without data differs from one that can be pulled. */
export const stateInWords = ({ kind, state, size, parentId }: ElementJson): string =>
  kind === 'image' && size === undefined && parentId === SCRATCH ? 'without data' : (state ?? '');

/** A state in words; its colour adds no information. */
export const State = ({ of }: { readonly of: string }) => <span class={`state ${of}`}>{of}</span>;

/** Marks an ended run whose writes are not saved. */
export const Unsaved = () => <span class="state unsaved">not saved</span>;
