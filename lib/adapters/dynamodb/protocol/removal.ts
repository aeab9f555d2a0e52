import { type Composition, versionOf as compositionVersion } from '../../../composition/composition.ts';
import { type ElementRecord, versionOf } from '../../../element/element.ts';
import type { Removal } from '../../../element/element-store.ts';
import type { Reference } from '../../../element/shown-element.ts';
import { TaskportError } from '../../../errors.ts';
import type { Location } from '../../../location/location.ts';
import type { Caller } from '../../../principal.ts';
import { isExpected, revisionMismatch } from '../../../version.ts';
import { blobsOf, doom } from '../blob-row.ts';
import { compositionAsRead, membersAsReferences, toComposition } from '../composition-item.ts';
import { digestWrites } from '../digest-row.ts';
import { asRead, toGoneItem, toRecord } from '../element-item.ts';
import type { Write } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { compositionKey, edgeKey, elementKey } from '../keys.ts';
import { release } from './edges.ts';
import { whileUnreferenced } from './guarded-strike.ts';
import { giveBack } from './space.ts';

/** The writes that take an element away once its guard stands: all that is its own goes with it. */
export const removalWrites = (
  record: ElementRecord,
  location: Location | undefined,
  caller: Caller,
): Write[] => {
  const { id, parentId, capacity } = record.attributes;
  const { parentReference, tasks = [], layers = [], oci } = record;
  const parts = [...tasks, ...layers, ...(oci?.manifests ?? [])];
  // A layer that an image has twice is referred to once.
  const edges = new Map(parts.map((part) => [`${part.id}#${part.reference}`, part]));
  return [
    { put: toGoneItem(record, caller), condition: asRead(record) },
    ...(parentId !== undefined && parentReference !== undefined
      ? [{ remove: edgeKey(parentId, id, parentReference) }]
      : []),
    ...[...edges.values()].map((part) => release(part.id, id, part.reference).write),
    ...blobsOf(record).map(doom),
    ...digestWrites(record, undefined),
    ...(location ? giveBack(id, location, capacity ?? 0) : []).map(({ write }) => write),
  ];
};

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
  if (!record) throw new TaskportError('not-found', `there is no ${id}`, { id });
  const version = versionOf(record);
  const composition = toComposition(beside);
  if (ifMatch && !isExpected(ifMatch, version, composition && compositionVersion(composition))) {
    throw revisionMismatch(id, version);
  }
  return { record, composition };
};

/** The composition of an executor goes with it, while it is as it was read. */
const compositionRemoval = ({ record, composition }: Target): Write[] =>
  record.attributes.kind === 'executor'
    ? [{ remove: compositionKey(record.attributes.id), condition: compositionAsRead(composition) }]
    : [];

/** Deletes an element that nothing refers to; otherwise answers who does, and changes nothing. */
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
