import type { Reference } from '../../../element/shown-element.ts';
import { type Clause, unconditional } from '../engine/clause.ts';
import type { Item } from '../engine/expression.ts';
import type { Table } from '../engine/table.ts';
import { behindEdges, edgeKey, edgePartitions } from '../keys.ts';

/** The edge of a tag. */
export interface TagEdge {
  readonly tag: string;
  readonly reference: string;
}

/** The edges of an element: those that refer to it, and the intents of callers that are about to. */
interface Edges {
  /** In order of their ids. */
  readonly held: readonly Reference[];
  /** The held edges that are tags. */
  readonly tags: readonly TagEdge[];
  readonly intents: readonly Item[];
}

/** Holds while an edge is only an intent. */
export const intentOnly = {
  expression: '#state = :intent',
  names: { '#state': 'state' },
  values: { ':intent': 'intent' },
};

/** Removes a held edge. Its key contains an ID that never comes again, so the write needs no condition. */
export const release = (id: string, referrer: string, reference: string): Clause =>
  unconditional({ remove: edgeKey(id, referrer, reference) });

const isHeld = (edge: Item): boolean => edge.state === 'held';

const toTagEdge = ({ referrer, sk }: Item): TagEdge => ({
  tag: referrer as string,
  reference: (sk as string).slice(`${referrer}#`.length),
});

/** Reads the edges of one partition, to its end or until `limit` of them are held. */
const readPartition = async (
  table: Table,
  pk: string,
  limit: number | undefined,
  after: string | undefined,
): Promise<Item[]> => {
  const condition =
    after === undefined
      ? { expression: 'pk = :pk', values: { ':pk': pk } }
      : { expression: 'pk = :pk AND sk > :after', values: { ':pk': pk, ':after': behindEdges(after) } };
  const edges: Item[] = [];
  for await (const page of table.pages(condition, limit)) {
    edges.push(...page);
    if (limit !== undefined && edges.filter(isHeld).length >= limit) break;
  }
  return edges;
};

/** The order in which references are listed. */
export const byId = (a: Reference, b: Reference): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * The first `limit` references to an element after the referrer `after`, or all of them; if they are fewer,
 * every intent too. It reads the partitions in parallel, strongly consistent.
 */
export const readEdges = async (table: Table, id: string, limit?: number, after?: string): Promise<Edges> => {
  const partitions = edgePartitions(id).map((pk) => readPartition(table, pk, limit, after));
  const edges = (await Promise.all(partitions)).flat();
  const rows = edges.filter(isHeld);
  const held = rows.map(
    (edge): Reference => ({ id: edge.referrer as string, kind: edge.kind as Reference['kind'] }),
  );
  return {
    held: held.sort(byId).slice(0, limit),
    tags: rows.filter(({ kind }) => kind === 'tag').map(toTagEdge),
    intents: edges.filter((edge) => !isHeld(edge)),
  };
};
