import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { spaceKeys } from '../../lib/adapters/dynamodb/keys.ts';
import { leftIn } from '../../lib/adapters/dynamodb/space-row.ts';
import { createElement } from '../../lib/element/create-element.ts';
import { deleteElement } from '../../lib/element/delete-element.ts';
import { parseId } from '../../lib/element/id.ts';
import { updateElement } from '../../lib/element/update-element.ts';
import { TaskportError } from '../../lib/errors.ts';
import type { Location } from '../../lib/location/location.ts';
import { updateLocation } from '../../lib/location/locations.ts';
import { dependenciesOn } from './api.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, seeded } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { aCaller, aLocation } from './records.ts';
import { type Interception, isWrite, openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

/** The permitted results of each operation, for any interleaving. */
const ALLOWED = ['done', 'insufficient-space', 'not-found', 'revision-mismatch', 'unavailable', 'killed'];

interface Run {
  readonly seed: number;
  readonly trace: readonly string[];
  readonly outcomes: Readonly<Record<string, string>>;
}

describe('creates, deletes, resizes and changes of the capacity whose storage calls interleave at random', {
  timeout: 900_000,
}, () => {
  let stores: Stores;
  const runs: Run[] = [];
  const wrong: string[] = [];

  /** The present rest of each share. */
  const look = async (location: Location): Promise<number[]> =>
    (await stores.table.getTogether(spaceKeys(location))).map(leftIn);
  const sum = (parts: readonly number[]): number => parts.reduce((all, part) => all + part, 0);

  const run = async (seed: number): Promise<Run> => {
    const random = seeded(seed);
    const upTo = (most: number): number => 1 + Math.floor(random() * most);
    const location = aLocation({
      kind: 'volume',
      name: `s${seed}`,
      capacity: 20 + upTo(60),
      owner: 'tester',
    });
    await stores.locations.insert(location, aCaller());
    const interleaver = new Interleaver(seed, { inBursts: random() < 0.5 });
    const fault = (what: string) => wrong.push(`seed ${seed}: ${what}\n${interleaver.trace.join('\n')}`);

    /** The rest at each moment; requests are answered one at a time. */
    const past: number[] = [];
    const observe = async () => {
      const shares = await look(location);
      if (shares.some((share) => share < 0)) fault(`a share has less than none: ${shares}`);
      past.push(sum(shares));
    };
    /** The dependencies of a process, which may die before one of its calls; then all its calls fail. */
    const process = (callsToLive = Number.POSITIVE_INFINITY) => {
      const parked = parking();
      let calls = 0;
      const intercept: Interception = (operation, send, input) =>
        parked(
          operation,
          async () => {
            calls += 1;
            if (calls > callsToLive) throw new Error('killed');
            const answer = await send();
            if (isWrite(operation)) await observe();
            return answer;
          },
          input,
        );
      return dependenciesOn(stores.intercepted(intercept));
    };
    const idOf = (name: string): string => `volume://${location.name}/${name}`;
    for (const name of ['first', 'second', 'third']) {
      const room = sum(await look(location));
      const freeSpace = Math.min(upTo(20), room);
      await createElement(dependenciesOn(stores), aCaller(), { id: idOf(name), freeSpace });
    }
    await observe();

    /** An operation that needs up to this many KiB, and its result. */
    const judged =
      (most: number, operate: (deps: ReturnType<typeof process>) => Promise<unknown>) => async () => {
        const from = past.length - 1;
        try {
          await operate(process(random() < 0.15 ? upTo(5) : undefined));
          return 'done';
        } catch (error) {
          if (!(error instanceof TaskportError)) return error instanceof Error ? error.message : 'unknown';
          if (error.code === 'insufficient-space') {
            const { available } = error.members as { available: number };
            if (!past.slice(from).includes(available)) fault(`${available} KiB were never left`);
            if (available >= most) fault(`refused ${most} KiB where ${available} were left`);
          }
          return error.code;
        }
      };
    const create = (name: string) => {
      const freeSpace = upTo(25);
      return judged(freeSpace, (deps) => createElement(deps, aCaller(), { id: idOf(name), freeSpace }));
    };
    const remove = (name: string) =>
      judged(0, (deps) => deleteElement(deps, aCaller(), parseId(idOf(name), 'id')));
    const resize = (name: string) => {
      const freeSpace = upTo(40);
      return judged(freeSpace, (deps) =>
        updateElement(deps, aCaller(), parseId(idOf(name), 'id'), { freeSpace }),
      );
    };
    const capacity = upTo(100);
    const outcomes = await interleaver.run({
      create: create('a'),
      create2: create('b'),
      create3: create('c'),
      create4: create('d'),
      remove: remove('first'),
      remove2: remove('second'),
      resize: resize('third'),
      resize2: resize('second'),
      change: judged(location.capacity ?? 0, (deps) =>
        updateLocation(deps, aCaller(), location.name, { capacity }),
      ),
    });
    for (const [name, outcome] of Object.entries(outcomes))
      if (!ALLOWED.includes(outcome)) fault(`${name} answered ${outcome}`);
    const elements = await stores.elements.getAll(['first', 'second', 'third', 'a', 'b', 'c', 'd'].map(idOf));
    const used = sum(elements.map((element) => element?.attributes.capacity ?? 0));
    const left = sum(await look(location));
    const has = (await stores.locations.get(location.name))?.capacity;
    if (used + left !== has) fault(`${used} KiB are used and ${left} left of ${has}`);
    return { seed, trace: interleaver.trace, outcomes };
  };

  const count = (holds: (run: Run) => boolean): number => runs.filter(holds).length;
  const came = (name: string, outcome: string) => count(({ outcomes }) => outcomes[name] === outcome);
  const draws = (trace: readonly string[], actor: string) =>
    trace.filter((step) => step === `${actor} TransactGetItems space`).length;
  const ends = () => ({
    'a create is refused': came('create', 'insufficient-space'),
    'a create is done': came('create', 'done'),
    'a create is killed': came('create', 'killed'),
    'a create draws from several shares': count(({ trace }) => draws(trace, 'create') > 0),
    'a create draws again': count(({ trace }) => draws(trace, 'create') > 1),
    'a resize is refused': came('resize', 'insufficient-space'),
    'a resize is done': came('resize', 'done'),
    'a delete is done': came('remove', 'done'),
    'the capacity is changed': came('change', 'done'),
    'the capacity is not changed': came('change', 'insufficient-space'),
  });
  const missing = () => missingEnds(ends(), 3);

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    await explore(run, { into: runs, usual: 50, lanes: 8, missing, wrong });
  }, 900_000);

  it('never use more space than exists, refuse only if it is too small, and lose none', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it.runIf(SEED === undefined)('reach every possible outcome, many times', () => {
    console.info(`${runs.length} interleavings`, ends());
    expect(missing()).toEqual([]);
  });
});
