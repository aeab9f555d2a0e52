import { randomUUID } from 'node:crypto';
import type { Reference } from '../../../element/shown-element.ts';
import type { Item, Write } from '../engine/expression.ts';
import { unavailable } from '../engine/failure.ts';
import { backOff } from '../engine/retry.ts';
import type { Table } from '../engine/table.ts';
import { byId, readEdges, type TagEdge } from './edges.ts';
import { dropGuards, fence, MAX_REFERENCES, raiseGuards, releaseGuard } from './guards.ts';

const MAX_ATTEMPTS = 10;
/** Writes of one transaction, the guard's among them (Amazon DynamoDB, quotas). */
const MAX_WRITES = 100;

/** What is to be done to an element that nothing refers to. */
export interface Strike<T> {
  /** Reads what the strike stands on, side by side with the first look; may refuse. */
  readonly read: () => Promise<T>;
  /** Who keeps it from being struck, beside those who refer to it. */
  readonly refusedBy?: (found: T) => readonly Reference[];
  /** What is written together with the guard's removal; its conditions require what was read. */
  readonly writes: (found: T) => Write[];
  /** What takes tags along; without it a tag keeps the element from being struck as others do. */
  readonly untag?: (tags: readonly TagEdge[]) => Promise<Write[]>;
  /** The problem where the guard stood and a write's condition did not hold, by its position; else it is begun anew. */
  readonly problem?: (found: T, failed: ReadonlyMap<number, Item | undefined>) => Error;
}

/** What a strike stood on, once it was struck; or who kept the element from it. */
export type Struck<T> = { readonly found: T } | { readonly references: readonly Reference[] };

/** What takes the tags along that an element has; or who keeps it from being struck, as do tags that one transaction does not hold. */
const alongOrReferences = async <T>(
  found: T,
  { held, tags }: Awaited<ReturnType<typeof readEdges>>,
  { writes, untag }: Strike<T>,
): Promise<{ readonly along: Write[] } | { readonly references: readonly Reference[] }> => {
  const others = untag ? held.filter(({ kind }) => kind !== 'tag') : held;
  if (others.length > 0) return { references: others };
  if (!untag || tags.length === 0) return { along: [] };
  const along = await untag(tags);
  return along.length + writes(found).length < MAX_WRITES ? { along } : { references: held };
};

/** Looks again behind the guard and strikes: no references where it did, undefined where it has to be begun anew. */
const strikeGuarded = async <T>(
  table: Table,
  id: string,
  found: T,
  strike: Strike<T>,
  deleter: string,
): Promise<readonly Reference[] | undefined> => {
  const { problem } = strike;
  const edges = await readEdges(table, id, MAX_REFERENCES);
  const tagged = await alongOrReferences(found, edges, strike);
  if ('references' in tagged) return tagged.references;
  if (!(await fence(table, edges.intents))) return undefined;
  const planned = [...strike.writes(found), ...tagged.along];
  const result = await table.transact([...planned, releaseGuard(id, deleter)]);
  if (result.ok) return [];
  if (problem && !result.failed.has(planned.length)) throw problem(found, result.failed);
  return undefined;
};

/**
 * Strikes an element while nothing refers to it, by the protocol of edges and guards (docs/adr/0002): a look, a
 * guard, a second look that fences a caller who is about to refer, and one transaction. Four round trips. Where
 * others refer to it, one round trip answers who, and nothing was changed.
 */
export const whileUnreferenced = async <T>(
  table: Table,
  id: string,
  strike: Strike<T>,
): Promise<Struck<T>> => {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await backOff(attempt);
    const [edges, found] = await Promise.all([readEdges(table, id, MAX_REFERENCES), strike.read()]);
    const tagged = await alongOrReferences(found, edges, strike);
    const referring = 'references' in tagged ? tagged.references : [];
    const refusing = [...referring, ...(strike.refusedBy?.(found) ?? [])].sort(byId);
    if (refusing.length > 0) return { references: refusing.slice(0, MAX_REFERENCES) };
    const deleter = randomUUID();
    if (!(await raiseGuards(table, [id], deleter))) continue;
    let outcome: readonly Reference[] | undefined;
    try {
      outcome = await strikeGuarded(table, id, found, strike, deleter);
    } finally {
      // A strike takes the guard along.
      if (outcome?.length !== 0) await dropGuards(table, [id], deleter);
    }
    if (outcome) return outcome.length > 0 ? { references: outcome } : { found };
  }
  throw unavailable();
};
