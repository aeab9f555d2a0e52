import { SCRATCH } from '../../lib/element/id.ts';
import type { ElementJson } from '../../lib/element/representation.ts';

export const isWithoutData = ({ kind, size, parentId }: ElementJson): boolean =>
  kind === 'image' && size === undefined && parentId === SCRATCH;

/** The state of an element; an image without data differs from one that can be pulled here. */
export const stateInWords = (element: ElementJson, registryImage?: string): string => {
  if (!isWithoutData(element)) return element.state ?? '';
  return registryImage === undefined ? 'without data' : 'in a registry';
};

/** A state in words; its colour adds no information. */
export const State = ({ of }: { readonly of: string }) => <span class={`state ${of}`}>{of}</span>;

/** Marks an ended run whose writes are not saved. */
export const Unsaved = () => <span class="state unsaved">not saved</span>;
