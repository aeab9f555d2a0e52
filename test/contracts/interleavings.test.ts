import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import type { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { guardKey } from '../../lib/adapters/dynamodb/keys.ts';
import { defined } from '../../lib/defined.ts';
import { createElement } from '../../lib/element/create-element.ts';
import { deleteElement } from '../../lib/element/delete-element.ts';
import { parseId } from '../../lib/element/id.ts';
import { readElement } from '../../lib/element/read-element.ts';
import { updateElement } from '../../lib/element/update-element.ts';
import { TaskportError } from '../../lib/errors.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import { dependenciesOn } from './api.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, seeded } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { aCaller, aLocation } from './records.ts';
import { faultsIn } from './references-in-table.ts';
import { openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

const place = aLocation({ kind: 'volume', name: 'interleaved' });

/** The permitted results of each operation, for any interleaving. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  create: ['done', 'unknown-parent', 'name-collision', 'unavailable'],
  delete: ['done', 'in-use', 'not-found', 'unavailable'],
  update: ['done', 'not-found'],
  read: ['done', 'not-found'],
  breaker: ['done'],
};

const RAISES_GUARD = 'delete TransactWriteItems guard';

type Stage = Dependencies & { readonly table: Table };

interface Run {
  readonly seed: number;
  readonly trace: readonly string[];
  readonly outcomes: Readonly<Record<string, string>>;
}

/** Treats every guard as expired, like a process whose clock is ahead. */
const breakGuards = async (table: Table, id: string): Promise<void> => {
  for (let look = 1; look <= 4; look += 1) {
    const guard = await table.get(guardKey(id));
    const own = { expression: 'deleter = :deleter', values: { ':deleter': guard?.deleter } };
    if (guard) await table.remove(guardKey(id), own);
  }
};

/** `create`, `delete`, `update` and `read`, numbered if there are several; `create2` may use the name of the first. */
const cast = ({ table, ...deps }: Stage, seed: number) => {
  const random = seeded(~seed);
  const parentId = `volume://${place.name}/p${seed}`;
  const parent = parseId(parentId, 'id');
  const child = `${parentId}.c`;
  const other = random() < 0.5 ? child : `${parentId}.d`;
  const create = (id: string) => () => createElement(deps, aCaller(), { id, parentId });
  const remove = (id: string) => () => deleteElement(deps, aCaller(), parseId(id, 'id'));
  return {
    parentId,
    operations: defined({
      create: create(child),
      create2: create(other),
      delete: remove(parentId),
      delete2: random() < 0.3 ? remove(parentId) : undefined,
      delete3: random() < 0.3 ? remove(child) : undefined,
      breaker: random() < 0.3 ? () => breakGuards(table, parentId) : undefined,
      update: () => updateElement(deps, aCaller(), parent, { metadata: { rw: { a: 'b' } } }),
      read: () => readElement(deps, 'tester', parent),
    }),
  };
};

const outcomeOf = async (operation: () => Promise<unknown>): Promise<string> => {
  try {
    await operation();
    return 'done';
  } catch (error) {
    return error instanceof TaskportError ? error.code : String(error);
  }
};

describe('creates, deletes, updates and reads whose storage calls interleave at random', {
  timeout: 900_000,
}, () => {
  let stores: Stores;
  const runs: Run[] = [];
  const wrong: string[] = [];

  const run = async (deps: Stage, seed: number): Promise<Run> => {
    const { parentId, operations } = cast(deps, seed);
    await createElement(deps, aCaller(), { id: parentId });
    const interleaver = new Interleaver(seed);
    const outcomes = await interleaver.run(
      Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [name, () => outcomeOf(operation)]),
      ),
    );
    const trace = interleaver.trace;
    const fault = (what: string) => wrong.push(`seed ${seed}: ${what}\n${trace.join('\n')}`);
    for (const [name, outcome] of Object.entries(outcomes)) {
      if (!ALLOWED[name.replace(/\d/, '')]?.includes(outcome)) fault(`${name} answered ${outcome}`);
    }
    const deleted = outcomes.delete === 'done' || outcomes.delete2 === 'done';
    const found = await deps.elements.get(parentId);
    if (deleted === (found !== undefined))
      fault(deleted ? 'the deleted parent is there' : 'the parent is gone');
    if (outcomes.delete === 'done' && outcomes.delete2 === 'done') fault('the parent was deleted twice');
    const expected = outcomes.update === 'done' ? 2 : 1;
    if (found && found.attributes.revision !== expected)
      fault(`the revision is ${found.attributes.revision}`);
    if (
      outcomes.create === 'done' &&
      outcomes.delete3 !== 'done' &&
      !(await deps.elements.get(`${parentId}.c`))
    )
      fault('the created child is gone');
    return { seed, trace, outcomes };
  };

  const count = (holds: (run: Run) => boolean): number => runs.filter(holds).length;
  const ends = () => ({
    'the parent is deleted': count(({ outcomes }) => outcomes.delete === 'done'),
    'the delete is refused': count(({ outcomes }) => outcomes.delete === 'in-use'),
    'the delete is refused though it began before the reference': count(
      ({ outcomes, trace }) => outcomes.delete === 'in-use' && trace.includes(RAISES_GUARD),
    ),
    'a child is created': count(({ outcomes }) => outcomes.create === 'done'),
    'a child finds no parent': count(({ outcomes }) => outcomes.create === 'unknown-parent'),
    'a child finds its name taken': count(({ outcomes }) => outcomes.create2 === 'name-collision'),
    'a child begins anew': count(({ trace }) => trace.includes('create waits')),
    'a child begins anew and is created': count(
      ({ trace, outcomes }) => outcomes.create === 'done' && trace.includes('create waits'),
    ),
    'a delete begins anew': count(({ trace }) => trace.includes('delete waits')),
    'a guard is broken': count(({ trace }) => trace.includes('breaker DeleteItem guard')),
    'an intent is fenced': count(({ trace }) => trace.includes('delete DeleteItem edges')),
  });
  const missing = () => missingEnds(ends(), 11);

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    await stores.locations.insert(place, aCaller());
    // A cache that never expires, so that a shared read of the location does not synchronise the operations.
    const known = new LocationCache(stores.locations, () => 0);
    const parked = stores.intercepted(parking());
    const deps = { ...dependenciesOn(parked), table: parked.table, known };
    await explore((seed) => run(deps, seed), { into: runs, usual: 150, lanes: 10, missing, wrong });
  }, 900_000);

  it('have only permitted answers, and all of them are true afterwards', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('leave no child without its parent, and no orphaned rows', async () => {
    const faults = faultsIn(await stores.rows());
    const [, seed] = /\/p(\d+)/.exec(faults[0] ?? '') ?? [];
    const trace = runs.find((one) => String(one.seed) === seed)?.trace ?? [];
    expect([...faults, ...trace]).toEqual([]);
  });

  it.runIf(SEED === undefined)('reach every possible outcome, many times', () => {
    console.info(`${runs.length} interleavings`, ends());
    expect(missing()).toEqual([]);
  });
});
