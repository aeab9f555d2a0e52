import type { ElementRecord } from '../../element/element.ts';
import type { Expression } from './engine/expression.ts';

/** Whether a row keeps an element; the row of a deleted one stays for a while, to tell who deleted it. */
export const isLive = { expression: 'attribute_exists(incarnation)' };
export const isFree = { expression: 'attribute_not_exists(incarnation)' };
/** Free, and not because this very incarnation was created and deleted already. */
export const isFreeFor = ({ incarnation }: ElementRecord) => ({
  expression: `${isFree.expression} AND formerIncarnation <> :incarnation`,
  values: { ':incarnation': incarnation },
});

/** Holds while an element is the same, whatever was changed of it. */
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
