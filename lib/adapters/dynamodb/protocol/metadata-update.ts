import { defined } from '../../../defined.ts';
import { type ElementRecord, versionOf } from '../../../element/element.ts';
import type { MetadataUpdate } from '../../../element/element-store.ts';
import { parseId } from '../../../element/id.ts';
import { notFound } from '../../../element/located.ts';
import { decodeText, readOnlyKeys, tooLarge } from '../../../element/metadata.ts';
import { TaskportError } from '../../../errors.ts';
import { revisionMismatch } from '../../../version.ts';
import { isLive } from '../element-conditions.ts';
import { indexedKey, slotsOf, toRecord } from '../element-item.ts';
import type { Expression, Item } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { elementKey, listPartition } from '../keys.ts';

/**
 * Milliseconds by which a write may be stored after its own time, since clocks differ and the client may have
 * repeated it.
 */
const UNDER_WAY_MS = 10_000;

/** The changes to the row: the revision, the time and author, each key, and the index slots of indexed keys. */
const changes = ({ id, patch, location, caller, at }: MetadataUpdate): Expression => {
  const names: Record<string, string> = {
    '#attributes': 'attributes',
    '#revision': 'revision',
    '#at': 'modifiedAt',
    '#by': 'modifiedBy',
    '#request': 'request',
    '#formerAt': 'formerAt',
    '#rw': 'rw',
  };
  const values: Record<string, unknown> = {
    ':one': 1,
    ':at': at,
    ':by': caller.principal,
    ':request': caller.requestId,
  };
  const set = [
    '#attributes.#revision = #attributes.#revision + :one',
    '#attributes.#at = :at',
    '#attributes.#by = :by',
    '#request = :request',
    '#formerAt = #attributes.#at',
  ];
  const remove: string[] = [];
  const slots = new Map(slotsOf(location).map((slot) => [slot.key, slot]));
  for (const [at, [key, bytes]] of Object.entries(patch).entries()) {
    const slot = slots.get(`rw.${key}`);
    names[`#k${at}`] = key;
    if (slot)
      Object.assign(names, { [`#x${at}`]: slot.attribute, [`#i${at}`]: slot.key, '#indexed': 'indexed' });
    if (bytes === null) {
      remove.push(`#rw.#k${at}`, ...(slot ? [`#x${at}`, `#indexed.#i${at}`] : []));
      continue;
    }
    set.push(`#rw.#k${at} = :v${at}`);
    values[`:v${at}`] = bytes;
    if (!slot) continue;
    const text = decodeText(bytes) ?? '';
    set.push(`#x${at} = :x${at}`, `#indexed.#i${at} = :i${at}`);
    const list = indexedKey(location, slot.key, text);
    Object.assign(values, {
      [`:x${at}`]: listPartition(list, parseId(id, 'id').name, location.listShards),
      [`:i${at}`]: text,
    });
  }
  return {
    expression: `SET ${set.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`,
    names,
    values,
  };
};

/**
 * The condition of a repeat, whose first try may have been stored: it holds if the first try was not stored,
 * although the last change in the row is another one. That is certain if the last change, or the one before,
 * precedes this request, or if no other change fits in since the element was created.
 */
const notStoredYet =
  '(#attributes.#at < :began OR #formerAt < :began OR (#attributes.#revision <= :two AND #attributes.#created < :at))';

/** The condition of the write. */
const condition = ({ patch, ifMatch, at }: MetadataUpdate, repeat: boolean): Expression => {
  const inDoubt = repeat && ifMatch === undefined;
  const began = new Date(Date.parse(at) - UNDER_WAY_MS).toISOString();
  return {
    expression: [
      isLive.expression,
      '#request <> :request',
      ...Object.keys(patch).map((_, index) => `attribute_not_exists(#ro.#k${index})`),
      ...(ifMatch ? ['incarnation = :life AND #attributes.#revision = :ifMatch'] : []),
      ...(inDoubt ? [notStoredYet] : []),
    ].join(' AND '),
    names: defined({ '#ro': 'ro', '#created': inDoubt ? 'createdAt' : undefined }),
    values: {
      ...(ifMatch ? { ':life': ifMatch.life, ':ifMatch': ifMatch.revision } : {}),
      ...(inDoubt ? { ':began': began, ':two': 2 } : {}),
    },
  };
};

/** Answers or throws the result of an update whose condition did not hold, by the row that failed it. */
const judge = (update: MetadataUpdate, row: Item | undefined): ElementRecord => {
  const { id, patch, ifMatch, caller } = update;
  const record = toRecord(row);
  if (!row || !record) throw notFound(id);
  // This same request wrote the row, and its answer got lost.
  if (row.request === caller.requestId) return record;
  const keys = Object.keys(patch).filter((key) => Object.hasOwn(record.ro, key));
  if (keys.length > 0) throw readOnlyKeys(keys);
  const version = versionOf(record);
  if (ifMatch) throw revisionMismatch(id, version);
  const detail = `${id} was changed by someone else while the answer to this change was lost: read it, and change it again if need be`;
  throw new TaskportError('revision-mismatch', detail, { revision: version.revision });
};

/** Changes metadata in one conditional write, without a read before it. */
export const updateMetadata = async (table: Table, update: MetadataUpdate): Promise<ElementRecord> => {
  const rw = Object.fromEntries(Object.entries(update.patch).filter(([, bytes]) => bytes !== null));
  const written = await table.update(
    elementKey(update.id),
    changes(update),
    (repeat) => condition(update, repeat),
    tooLarge({ rw }),
  );
  return (written.ok ? toRecord(written.item) : undefined) ?? judge(update, written.item);
};
