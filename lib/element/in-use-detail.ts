import type { Reference } from './shown-element.ts';

/** What ends a reference, by its kind. */
const remedies: Readonly<Record<Reference['kind'], string>> = {
  child: 'delete its children',
  composition: 'let it leave the executors that it is joined to',
  association: 'dissociate it from its storage',
  member: 'let its members leave',
  image: 'delete the images that it is a layer of',
  index: 'delete the indexes that name it',
};

/** The words of an `in-use`: what has to be done before the element can go. */
export const inUseDetail = (id: string, references: readonly Reference[], hidden: number): string => {
  const steps = [
    ...new Set(references.map(({ kind }) => remedies[kind])),
    ...(hidden > 0 ? ['ask those who may read the references that you may not see'] : []),
  ];
  return `${id} is referred to by others: first ${steps.join(', ')}`;
};
