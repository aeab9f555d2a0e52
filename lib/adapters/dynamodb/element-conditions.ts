import type { ElementRecord } from '../../element/element.ts';
import type { Expression } from './engine/expression.ts';

/** Holds if a row keeps an element. The row of a deleted element stays for a while, and names who deleted it. */
export const isLive = { expression: 'attribute_exists(incarnation)' };
export const isFree = { expression: 'attribute_not_exists(incarnation)' };
/** Holds if the name is free, and this same incarnation was not created and deleted before. */
export const isFreeFor = ({ incarnation }: ElementRecord) => ({
  expression: `${isFree.expression} AND formerIncarnation <> :incarnation`,
  values: { ':incarnation': incarnation },
});

/** Holds while an element is the same incarnation, whatever else of it has changed. */
export const isSame = ({ incarnation }: ElementRecord): Expression => ({
  expression: 'incarnation = :incarnation',
  values: { ':incarnation': incarnation },
});

/** Holds while an element is as it was read. */
export const asRead = ({ incarnation, attributes: { revision } }: ElementRecord): Expression => ({
  expression: 'incarnation = :incarnation AND #attributes.#revision = :revision',
  names: { '#attributes': 'attributes', '#revision': 'revision' },
  values: { ':incarnation': incarnation, ':revision': revision },
});
