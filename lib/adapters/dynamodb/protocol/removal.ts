import { type Composition, versionOf as compositionVersion } from '../../../composition/composition.ts';
import { type ElementRecord, versionOf } from '../../../element/element.ts';
import type { Removal } from '../../../element/element-store.ts';
import { notFound } from '../../../element/located.ts';
import type { Reference } from '../../../element/shown-element.ts';
import { isExpected, revisionMismatch } from '../../../version.ts';
import { compositionAsRead, membersAsReferences, toComposition } from '../composition-item.ts';
import { toRecord } from '../element-item.ts';
import type { Write } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { compositionKey, edgeKey, elementKey } from '../keys.ts';
import { whileUnreferenced } from './guarded-strike.ts';
import { removalWrites } from './removal-writes.ts';

interface Target {
  readonly record: ElementRecord;
  readonly composition: Composition | undefined;
}

const readTarget = async (table: Table, { id, ifMatch, location }: Removal): Promise<Target> => {
  const [row, beside] = await Promise.all([
    table.get(elementKey(id)),
    location.kind === 'executor' ? table.get(compositionKey(id)) : undefined,
  ]);
  const record = toRecord(row);
  if (!record) throw notFound(id);
  const version = versionOf(record);
  const composition = toComposition(beside);
  if (ifMatch && !isExpected(ifMatch, version, composition && compositionVersion(composition))) {
    throw revisionMismatch(id, version);
  }
  return { record, composition };
};

/** Deletes the composition of an executor with it, if it is still as it was read. */
const compositionRemoval = ({ record, composition }: Target): Write[] =>
  record.attributes.kind === 'executor'
    ? [{ remove: compositionKey(record.attributes.id), condition: compositionAsRead(composition) }]
    : [];

/** Deletes an element that nothing refers to; otherwise answers the references and changes nothing. */
export const removeElement = async (table: Table, removal: Removal): Promise<readonly Reference[]> => {
  const struck = await whileUnreferenced(table, removal.id, {
    read: () => readTarget(table, removal),
    refusedBy: ({ composition }) => membersAsReferences(composition),
    writes: (target) => [
      ...removalWrites(target.record, removal.location, removal.caller),
      ...compositionRemoval(target),
    ],
    untag: async (tags) => {
      const { untag } = await import('../queries.ts');
      return tags.flatMap(({ tag, reference }) => [
        untag(tag, reference, removal.caller),
        { remove: edgeKey(removal.id, tag, reference) },
      ]);
    },
  });
  return 'references' in struck ? struck.references : [];
};
