import type { TaskportEvent } from '../../../event/catalogue.ts';
import type { Item, RowKey } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';

export const placeOf = (position: number): string => String(position).padStart(16, '0');

export const toEvent = (row: Item): TaskportEvent => JSON.parse(row.event as string) as TaskportEvent;

/**
 * Events at the positions 1, 2, 3 …: a fixed number in each partition. One more row, the head, keeps the last
 * position.
 */
export class EventSequence {
  readonly name: string;
  readonly partition: number;

  constructor(name: string, partition: number) {
    this.name = name;
    this.partition = partition;
  }

  get head(): RowKey {
    return { pk: this.name, sk: 'head' };
  }

  at(position: number): RowKey {
    return { pk: `${this.name}#${this.partitionOf(position)}`, sk: placeOf(position) };
  }

  partitionOf(position: number): number {
    return Math.floor((position - 1) / this.partition);
  }
}

/** Events of one partition: few enough that their writes never exceed its limit, however fast they come. */
const PARTITION = 250;

/** The sequence of a shard: of all its events, or of those of one location. */
export const sequenceOf = (shard: number, location: string | undefined): EventSequence =>
  new EventSequence(`log/${shard}${location === undefined ? '' : `/${location}`}`, PARTITION);

/** The last positions of sequences; undefined for each that has no events. */
export const headsOf = async (
  table: Table,
  sequences: readonly EventSequence[],
  consistent: boolean,
): Promise<(number | undefined)[]> => {
  const keys = sequences.map(({ head }) => head);
  const rows = await table.getMany(keys, { consistent });
  const heads = new Map(rows.map(({ pk, position }) => [pk, position as number | undefined]));
  return sequences.map(({ name }) => heads.get(name));
};
