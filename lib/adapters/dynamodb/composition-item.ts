import type { Composition } from '../../composition/composition.ts';
import type { Reference } from '../../element/shown-element.ts';
import { absent } from './engine/clause.ts';
import type { Expression, Item } from './engine/expression.ts';
import { compositionKey, due } from './keys.ts';

/** How long a call has for a step of a closing; then the sweeper takes over. */
const STEP_MS = 60_000;

const dueAfter = ({ executorId, closing, modifiedAt }: Composition) =>
  closing ? due(compositionKey(executorId), new Date(Date.parse(modifiedAt) + STEP_MS).toISOString()) : {};

/** The row of a composition. Its members are stored as text, since a specification may have any keys. */
export const toCompositionItem = (composition: Composition): Item => ({
  ...compositionKey(composition.executorId),
  ...dueAfter(composition),
  row: 'composition',
  nonce: composition.nonce,
  revision: composition.revision,
  composition: JSON.stringify(composition),
});

export const toComposition = (item: Item | undefined): Composition | undefined =>
  item && (JSON.parse(item.composition as string) as Composition);

/** The references of the members of a composition, which keep the executor from being deleted. */
export const membersAsReferences = (composition: Composition | undefined): Reference[] =>
  (composition?.members ?? []).map(({ id }) => ({ id, kind: 'member' }));

/** Holds while a composition is as it was read; if there was none, while there still is none. */
export const compositionAsRead = (
  composition: Pick<Composition, 'nonce' | 'revision'> | undefined,
): Expression =>
  composition === undefined
    ? absent
    : {
        expression: 'nonce = :nonce AND revision = :compositionRevision',
        values: { ':nonce': composition.nonce, ':compositionRevision': composition.revision },
      };
