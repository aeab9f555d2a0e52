import { randomUUID } from 'node:crypto';
import type { ElementRecord, Reference } from '../../element/element.ts';
import type { Removal } from '../../element/element-store.ts';
import { TaskportError } from '../../errors.ts';
import type { Location } from '../../location/location.ts';
import type { Caller } from '../../principal.ts';
import { readEdges } from './edges.ts';
import { toGoneItem, toRecord } from './element-item.ts';
import { unavailable } from './failure.ts';
import { blobKey, due, edgeKey, elementKey, guardKey } from './keys.ts';
import { takeSpace } from './space-row.ts';
import { backOff, type Item, type Table, type Write } from './table.ts';

/** Milliseconds a deleter keeps others from referring; past it, anybody may break its guard. */
const LEASE_MS = 30_000;
const MAX_ATTEMPTS = 10;
/** A refused delete answers so many references, and whether there are more. */
const MAX_REFERENCES = 101;

/** Removes intents, so that their writers start over and meet the guard. False where one has come to be held. */
const fence = async (table: Table, intents: readonly Item[]): Promise<boolean> => {
  const results = await Promise.all(
    intents.map(async (edge) => {
      const written = await table.remove(
        { pk: edge.pk as string, sk: edge.sk as string },
        {
          expression: 'attribute_not_exists(pk) OR #state = :intent',
          names: { '#state': 'state' },
          values: { ':intent': 'intent' },
        },
      );
      return written.ok;
    }),
  );
  return results.every(Boolean);
};

/** The writes that take an element away once its guard stands: all that is its own goes with it. */
export const removalWrites = (
  record: ElementRecord,
  location: Pick<Location, 'name' | 'capacity'>,
  caller: Caller,
): Write[] => {
  const { id, parentId, revision, capacity } = record.attributes;
  const { attempt, blob } = record;
  const tombstone = blob === undefined ? undefined : blobKey(blob);
  return [
    {
      put: toGoneItem(record, caller),
      condition: {
        expression: 'incarnation = :incarnation AND #attributes.#revision = :revision',
        names: { '#attributes': 'attributes', '#revision': 'revision' },
        values: { ':incarnation': record.incarnation, ':revision': revision },
      },
    },
    ...(parentId !== undefined && attempt !== undefined ? [{ remove: edgeKey(parentId, id, attempt) }] : []),
    ...(tombstone
      ? [{ put: { ...tombstone, ...due(tombstone, new Date().toISOString()), row: 'blob', state: 'doomed' } }]
      : []),
    ...takeSpace(location, -(capacity ?? 0)),
  ];
};

/**
 * Puts the guard, unless another's stands. As a transaction, for its token: a copy of the request that the
 * network delivers late must not bring back a guard that a referrer has broken meanwhile.
 */
const raiseGuard = async (table: Table, id: string, deleter: string): Promise<boolean> => {
  const now = Date.now();
  const key = guardKey(id);
  const leaseUntil = new Date(now + LEASE_MS).toISOString();
  const { ok } = await table.transact([
    {
      put: { ...key, ...due(key, leaseUntil), row: 'guard', deleter, leaseUntil },
      condition: {
        expression: 'attribute_not_exists(pk) OR leaseUntil <= :now',
        values: { ':now': new Date(now).toISOString() },
      },
    },
  ]);
  return ok;
};

const ownGuard = (deleter: string) => ({ expression: 'deleter = :deleter', values: { ':deleter': deleter } });

/** Takes element and guard away together. False where the guard, or the element as it was read, is no more. */
const strike = async (
  table: Table,
  removal: Removal,
  record: ElementRecord,
  deleter: string,
): Promise<boolean> => {
  const guard: Write = { remove: guardKey(removal.id), condition: ownGuard(deleter) };
  const result = await table.transact([guard, ...removalWrites(record, removal.location, removal.caller)]);
  return result.ok;
};

const readTarget = async (table: Table, { id, ifMatch }: Removal): Promise<ElementRecord> => {
  const record = toRecord(await table.get(elementKey(id)));
  if (!record) throw new TaskportError('not-found', `there is no ${id}`, { id });
  const { revision } = record.attributes;
  if (ifMatch !== undefined && ifMatch !== revision) {
    throw new TaskportError('revision-mismatch', `${id} is at revision ${revision}`, { revision });
  }
  return record;
};

/** Looks again behind the guard and strikes. Undefined where it has to be begun anew. */
const removeGuarded = async (
  table: Table,
  removal: Removal,
  record: ElementRecord,
  deleter: string,
): Promise<readonly Reference[] | undefined> => {
  const { held, intents } = await readEdges(table, removal.id, MAX_REFERENCES);
  if (held.length > 0) return held;
  const struck = (await fence(table, intents)) && (await strike(table, removal, record, deleter));
  return struck ? [] : undefined;
};

/**
 * Deletes an element that nothing refers to, by the protocol of edges and guards (docs/adr/0002): a look, a
 * guard, a second look that fences whoever is about to refer, and one transaction. Four round trips; a refused
 * delete is one, and changes nothing.
 */
export const removeElement = async (table: Table, removal: Removal): Promise<readonly Reference[]> => {
  const { id } = removal;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt > 1) await backOff(attempt);
    const [edges, record] = await Promise.all([
      readEdges(table, id, MAX_REFERENCES),
      readTarget(table, removal),
    ]);
    if (edges.held.length > 0) return edges.held;
    const deleter = randomUUID();
    if (!(await raiseGuard(table, id, deleter))) continue;
    let outcome: readonly Reference[] | undefined;
    try {
      outcome = await removeGuarded(table, removal, record, deleter);
    } finally {
      // A strike takes the guard along.
      if (outcome?.length !== 0) await table.remove(guardKey(id), ownGuard(deleter));
    }
    if (outcome) return outcome;
  }
  throw unavailable();
};
