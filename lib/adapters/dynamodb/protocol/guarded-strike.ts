import { randomUUID } from 'node:crypto';
import type { Reference } from '../../../element/shown-element.ts';
import type { Item, Write } from '../engine/expression.ts';
import { MAX_WRITES, type Table } from '../engine/table.ts';
import { byId, readEdges, type TagEdge } from './edges.ts';
import { dropGuards, fence, MAX_REFERENCES, raiseGuards, releaseGuard } from './guards.ts';
import { Outrun, startingOver } from './outrun.ts';

/** A strike: the change to make to an element while nothing refers to it. */
export interface Strike<T> {
  /** Reads the rows that the strike depends on, in parallel with the first look; may refuse. */
  readonly read: () => Promise<T>;
  /** Further references that keep the element from the strike. */
  readonly refusedBy?: (found: T) => readonly Reference[];
  /** The writes of the transaction that removes the guard; their conditions require the rows that `read` read. */
  readonly writes: (found: T) => Write[];
  /**
   * Makes the writes that remove tags together with the element. Without it, a tag keeps the element from the
   * strike as other references do.
   */
  readonly untag?: (tags: readonly TagEdge[]) => Promise<Write[]>;
  /**
   * The problem to throw if the guard still existed and the condition of a write failed, by its position;
   * without one the strike starts over.
   */
  readonly problem?: (found: T, failed: ReadonlyMap<number, Item | undefined>) => Error;
}

/** The rows that a strike depended on, if it was made; otherwise the references that kept the element from it. */
export type Struck<T> = { readonly found: T } | { readonly references: readonly Reference[] };

/**
 * The writes that remove the element's tags with it; or the references that keep it from the strike. More tags
 * than one transaction can remove count as such references too.
 */
const alongOrReferences = async <T>(
  found: T,
  { held, tags }: Awaited<ReturnType<typeof readEdges>>,
  { writes, untag }: Strike<T>,
): Promise<{ readonly along: Write[] } | { readonly references: readonly Reference[] }> => {
  const others = untag ? held.filter(({ kind }) => kind !== 'tag') : held;
  if (others.length > 0) return { references: others };
  if (!untag || tags.length === 0) return { along: [] };
  const along = await untag(tags);
  // The guard adds one write.
  return along.length + writes(found).length < MAX_WRITES ? { along } : { references: held };
};

/** Looks again behind the guard, then makes the strike. Answers no references if it was made. Throws `Outrun`. */
const strikeGuarded = async <T>(
  table: Table,
  id: string,
  found: T,
  strike: Strike<T>,
  deleter: string,
): Promise<readonly Reference[]> => {
  const { problem } = strike;
  const edges = await readEdges(table, id, MAX_REFERENCES);
  const tagged = await alongOrReferences(found, edges, strike);
  if ('references' in tagged) return tagged.references;
  if (!(await fence(table, edges.intents))) throw new Outrun();
  const planned = [...strike.writes(found), ...tagged.along];
  const result = await table.transact([...planned, releaseGuard(id, deleter)]);
  if (result.ok) return [];
  if (problem && !result.failed.has(planned.length)) throw problem(found, result.failed);
  throw new Outrun();
};

/**
 * Makes a strike on an element while nothing refers to it, by the protocol of edges and guards (docs/adr/0002):
 * a look, a guard, a second look that stops callers that are about to refer, and one transaction. That takes
 * four round trips. If others refer to the element, it answers them after one round trip and changes nothing.
 */
export const whileUnreferenced = <T>(table: Table, id: string, strike: Strike<T>): Promise<Struck<T>> =>
  startingOver(async () => {
    const [edges, found] = await Promise.all([readEdges(table, id, MAX_REFERENCES), strike.read()]);
    const tagged = await alongOrReferences(found, edges, strike);
    const referring = 'references' in tagged ? tagged.references : [];
    const refusing = [...referring, ...(strike.refusedBy?.(found) ?? [])].sort(byId);
    if (refusing.length > 0) return { references: refusing.slice(0, MAX_REFERENCES) };
    const deleter = randomUUID();
    if (!(await raiseGuards(table, [id], deleter))) throw new Outrun();
    let references: readonly Reference[] | undefined;
    try {
      references = await strikeGuarded(table, id, found, strike, deleter);
    } finally {
      // The transaction of a strike removes the guard.
      if (references?.length !== 0) await dropGuards(table, [id], deleter);
    }
    return references.length > 0 ? { references } : { found };
  });
