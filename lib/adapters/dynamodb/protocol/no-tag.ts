import { TaskportError } from '../../../errors.ts';
import type { Clause } from '../engine/clause.ts';
import type { Expression } from '../engine/expression.ts';
import { tagKey } from '../keys.ts';

/** No tag has the name. */
export const isUntagged: Expression = {
  expression: 'attribute_not_exists(#reference)',
  names: { '#reference': 'reference' },
};

/** Requires that no tag has the ID of an element. */
export const noTag = (id: string): Clause => ({
  write: { check: tagKey(id), condition: isUntagged },
  problem: () => {
    const detail = `${id} is a tag: remove it, or take another name for the element`;
    return new TaskportError('name-collision', detail, { id });
  },
});
