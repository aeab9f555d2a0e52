import { createHash } from 'node:crypto';
import type { TaskportEvent } from '../../../event/catalogue.ts';
import type { Entering } from '../../../event/event-log.ts';
import { ordererOf } from '../../../event/named.ts';
import { absent } from '../engine/clause.ts';
import type { Item, Write } from '../engine/expression.ts';
import { MAX_WRITES } from '../engine/table.ts';
import type { EventSequence } from './event-sequence.ts';

export const historyOf = (id: string): string => `history#${id}`;

/**
 * The subjects whose history contains an event: the event's own subject, and the executor on which it was
 * composed.
 */
const subjectsOf = ({ detail }: TaskportEvent): string[] => [
  detail.id,
  ...('composition' in detail ? [detail.composition.executorId] : []),
];

const CHANGE_DIGITS = 40;

/**
 * The place of an event in a history: by change. A change that is delivered again has the same place, also from an earlier
 * version. So the order of its events is an attribute.
 */
const placeInHistory = ({ event, sequence }: Entering): string =>
  `${sequence.padStart(CHANGE_DIGITS, '0')}#${event.detail.eventId}`;

/**
 * Sorts the rows of a page of a history by change, and those of one change in the order of their events. A change that two
 * pages share is in that order in each. Rows of earlier versions have no order.
 */
export const byChange = (rows: readonly Item[]): Item[] => {
  const changeOf = ({ sk }: Item): bigint => BigInt((sk as string).slice(0, CHANGE_DIGITS));
  const orderOf = ({ order = 0 }: Item): number => order as number;
  return rows.toSorted((a, b) => Number(changeOf(a) - changeOf(b)) || orderOf(a) - orderOf(b));
};

/**
 * The shard of an event, by the subject of its revision. It never changes, as the number of shards never does:
 * otherwise one record could be in two shards.
 */
export const shardOf = (event: TaskportEvent, count: number): number =>
  createHash('sha256').update(ordererOf(event)).digest().readUInt32BE() % count;

/** The first events that fit into one transaction, and the sequences of each. */
export const fitting = (
  events: readonly Entering[],
  sequencesFor: (event: TaskportEvent) => readonly EventSequence[],
) => {
  const sequences = new Map<string, EventSequence>();
  const batch: Entering[] = [];
  let rows = 0;
  for (const entering of events) {
    const its = sequencesFor(entering.event);
    rows += subjectsOf(entering.event).length + its.length;
    const heads = new Set([...sequences.keys(), ...its.map(({ name }) => name)]).size;
    if (rows + heads > MAX_WRITES) break;
    batch.push(entering);
    for (const sequence of its) sequences.set(sequence.name, sequence);
  }
  return { batch, sequences: [...sequences.values()] };
};

/** The writes that add an event to the histories. Their conditions detect an event that was logged before. */
export const historyWritesOf = (entering: Entering, expiresAt: number): Write[] =>
  subjectsOf(entering.event).map((id) => ({
    put: {
      pk: historyOf(id),
      sk: placeInHistory(entering),
      event: JSON.stringify(entering.event),
      order: entering.order,
      expiresAt,
    },
    condition: absent,
  }));
