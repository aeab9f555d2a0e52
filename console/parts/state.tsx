import { SCRATCH } from '../../lib/element/id.ts';
import type { ElementJson } from '../../lib/element/representation.ts';

/** The state of an element; an image without data is not one that could be pulled from here. */
export const stateInWords = ({ kind, state, size, parentId }: ElementJson): string =>
  kind === 'image' && size === undefined && parentId === SCRATCH ? 'without data' : (state ?? '');

/** A state in words; the colour only repeats it. */
export const State = ({ of }: { readonly of: string }) => <span class={`state ${of}`}>{of}</span>;

/** That what a run wrote is not saved, beside how it ended. */
export const Unsaved = () => <span class="state unsaved">not saved</span>;
