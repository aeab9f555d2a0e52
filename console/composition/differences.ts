import type { CompositionJson } from '../../lib/composition/shown-composition.ts';

export type MemberJson = CompositionJson['members'][number];

/** The members that one list has and the other lacks, in words. */
export const differences = (before: readonly MemberJson[], after: readonly MemberJson[]): string[] => {
  const former = new Map(before.map((member) => [member.id, member]));
  const present = new Set(after.map(({ id }) => id));
  return [
    ...after.flatMap(({ id, bound, settled }) => {
      const known = former.get(id);
      if (!known) return [`${id} has joined`];
      const isOver = settled !== undefined && settled.attachment !== known.settled?.attachment;
      return [
        ...(known.bound === bound ? [] : [`${id} is ${bound ? 'bound' : 'not bound any more'}`]),
        ...(isOver ? [`the writes to ${id} are ${settled.outcome}`] : []),
      ];
    }),
    ...before.filter(({ id }) => !present.has(id)).map(({ id }) => `${id} has left`),
  ];
};
