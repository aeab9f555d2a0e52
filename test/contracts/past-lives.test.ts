import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import { defined } from '../../lib/defined.ts';
import { createElement } from '../../lib/element/create-element.ts';
import { deleteElement } from '../../lib/element/delete-element.ts';
import { parseId } from '../../lib/element/id.ts';
import { TaskportError } from '../../lib/errors.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import { CLOSING_MS, createLocation, deleteLocation } from '../../lib/location/locations.ts';
import { AUDIT_DAYS } from '../taskport.ts';
import { dependenciesOn } from './api.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, park, seeded } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { aCaller } from './records.ts';
import { openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

const TRIES = 60;

interface Run {
  readonly seed: number;
  readonly trace: readonly string[];
  readonly outcomes: Readonly<Record<string, string>>;
}

const wait = () => park('waits', () => Promise.resolve());

const outcomeOf = async (operation: () => Promise<unknown>): Promise<string> => {
  try {
    return String((await operation()) ?? 'done');
  } catch (error) {
    return error instanceof TaskportError ? error.code : String(error);
  }
};

/**
 * A location is deleted, swept and created again while others look back at its events. Each reader, with any cache, must find the location that
 * had the name at that time. Time advances for all alike.
 */
describe('looking back while a location is deleted and another gets its name', () => {
  let stores: Stores;
  const runs: Run[] = [];
  const wrong: string[] = [];

  const run = async (parked: Stores, seed: number): Promise<Run> => {
    const random = seeded(~seed);
    const clock = { now: Date.now() };
    const now = () => clock.now;
    const name = `lives-${seed}`;
    const process = () => ({
      ...dependenciesOn(parked),
      now,
      known: new LocationCache(parked.locations, now),
    });
    const body = { name, kind: 'task' };
    const [first] = [(await createLocation(process(), aCaller('old'), body)).value];
    clock.now += 10;
    const happened = new Date(clock.now).toISOString();
    const stale = process();
    await stale.known.get(name);
    clock.now += 10;

    const interleaver = new Interleaver(seed, { inBursts: true });
    const fault = (what: string) => wrong.push(`seed ${seed}: ${what}\n${interleaver.trace.join('\n')}`);
    let second: string | undefined;
    let [isDue, isOver] = [false, false];
    const remover = process();
    const remove = async () => {
      try {
        await deleteLocation(remover, aCaller('old'), name);
      } finally {
        await wait();
        clock.now += CLOSING_MS + 1;
        isDue = true;
      }
    };
    const sweep = async () => {
      while (!isDue) await wait();
      for (let nth = 0; nth < 3; nth += 1) {
        await new Sweeper(parked.table, parked.blobs, now, AUDIT_DAYS).run();
        await wait();
      }
    };
    const succeed = async () => {
      const deps = process();
      while (!isDue) await wait();
      for (let nth = 0; nth < TRIES; nth += 1) {
        clock.now += 1;
        const made = await createLocation(deps, aCaller('new'), body).catch(() => undefined);
        second = made?.value.createdAt;
        if (second) break;
        await wait();
      }
      isOver = true;
      return second ? 'done' : 'name-collision';
    };
    /** A caller that caches the open location for a while. */
    const believe = async () => {
      const id = `task://${name}/late`;
      await createElement(stale, aCaller('old'), { id });
      if (random() < 0.7) await deleteElement(stale, aCaller('old'), parseId(id, 'id'));
    };
    const look = (known: LocationCache) => async () => {
      for (let after = 0; after < 3; after += isOver ? 1 : 0) {
        const [before, locationAt] = [second, known.lookBack()];
        const then = await locationAt(name, happened);
        if (then?.createdAt !== first.createdAt) fault(`what happened was of ${then?.createdBy}`);
        const later = before && (await locationAt(name, before));
        if (before && later && later.createdBy !== 'new')
          fault(`what happened later was of ${later.createdBy}`);
        if (before && !later) fault('what happened later was of nobody');
        await known.find(name);
        if (random() < 0.3) await wait();
      }
    };
    const shared = process().known;
    const operations: Record<string, () => Promise<unknown>> = defined({
      remove,
      sweep,
      sweep2: sweep,
      succeed,
      believe: random() < 0.3 ? believe : undefined,
      look: look(shared),
      look2: look(shared),
      look3: look(remover.known),
    });
    const outcomes = await interleaver.run(
      Object.fromEntries(
        Object.entries(operations).map(([actor, operation]) => [actor, () => outcomeOf(operation)]),
      ),
    );
    // A caller that looks back afterwards finds the same, also in its cache.
    for (const known of [shared, process().known]) await look(known)();
    for (const [actor, outcome] of Object.entries(outcomes)) {
      if (!['done', 'name-collision', 'in-use', 'invalid-location', 'unknown-location'].includes(outcome)) {
        fault(`${actor} answered ${outcome}`);
      }
    }
    return { seed, trace: interleaver.trace, outcomes };
  };

  const count = (holds: (run: Run) => boolean): number => runs.filter(holds).length;
  const ends = () => ({
    'the name comes to another': count(({ outcomes }) => outcomes.succeed === 'done'),
    'the name stays taken': count(({ outcomes }) => outcomes.succeed === 'name-collision'),
    'somebody still creates in it': count(({ outcomes }) => outcomes.believe === 'done'),
  });
  const missing = () => missingEnds(ends(), 6);

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    const parked = stores.intercepted(parking());
    // One after another, because a sweeper sweeps the locations of all runs.
    await explore((seed) => run(parked, seed), { into: runs, usual: 24, missing, wrong });
  }, 900_000);

  it('always finds the location in which the event happened', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('leaves a record of each deleted location, and nothing else', async () => {
    const rows = (await stores.rows()).map(({ row }) => row);
    const gone = runs.filter(({ outcomes }) => outcomes.succeed === 'done').length;
    expect(rows.filter((row) => row === 'past-location').length).toBeGreaterThanOrEqual(gone);
    expect(rows.filter((row) => row === 'gone-location')).toEqual([]);
  });

  it.runIf(SEED === undefined)('reaches every possible outcome, several times', () => {
    console.info(`${runs.length} interleavings`, ends());
    expect(missing()).toEqual([]);
  });
});
