import { listed } from '../kind/listed.ts';
import type { Reference } from './shown-element.ts';

/** The number of IDs that the sentence names; the problem lists all references beside it. */
const MAX_NAMED = 3;

const named = (ids: readonly string[]): string => {
  const more = ids.length - MAX_NAMED;
  return listed([...ids.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])], 'and');
};

/** How to end references of each kind. */
const remedies: Readonly<Record<Reference['kind'], (ids: readonly string[]) => string>> = {
  child: () => 'delete its children',
  composition: (ids) => `let it leave ${named(ids)}`,
  association: () => 'dissociate it from its storage',
  member: () => 'let its members leave',
  tag: () => 'remove some of its tags: a delete removes at most 48 of them with it',
  image: () => 'delete the images that it is a layer of',
  index: () => 'delete the indexes that name it',
};

/** The detail of an `in-use`: the steps after which the element can be deleted. */
export const inUseDetail = (id: string, references: readonly Reference[], hidden: number): string => {
  const kinds = [...new Set(references.map(({ kind }) => kind))];
  const steps = [
    ...kinds.map((kind) =>
      remedies[kind](references.filter((each) => each.kind === kind).map((each) => each.id)),
    ),
    ...(hidden > 0 ? ['ask those who may read the references that you may not see'] : []),
  ];
  return `${id} is referred to by others: first ${steps.join(', ')}`;
};
