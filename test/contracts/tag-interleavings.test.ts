import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import { createElement } from '../../lib/element/create-element.ts';
import { deleteElement } from '../../lib/element/delete-element.ts';
import { parseId } from '../../lib/element/id.ts';
import { removeTag } from '../../lib/element/registry/remove-tag.ts';
import { setTag } from '../../lib/element/registry/set-tag.ts';
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

const place = aLocation({ name: 'tagged' });

/** The permitted results of each operation, for any interleaving. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  set: ['done', 'not-found', 'name-collision', 'unavailable', 'revision-mismatch'],
  untag: ['done', 'not-found', 'revision-mismatch'],
  delete: ['done', 'not-found', 'unavailable'],
  create: ['done', 'name-collision', 'unavailable', 'unknown-parent'],
};

interface Run {
  readonly seed: number;
  readonly trace: readonly string[];
  readonly outcomes: Readonly<Record<string, string>>;
}

const outcomeOf = async (operation: () => Promise<unknown>): Promise<string> => {
  try {
    await operation();
    return 'done';
  } catch (error) {
    return error instanceof TaskportError ? error.code : String(error);
  }
};

describe('tags that are set, moved and removed while images are created and deleted, with interleaved storage calls', {
  timeout: 900_000,
}, () => {
  let stores: Stores;
  const runs: Run[] = [];
  const wrong: string[] = [];

  const run = async (deps: Dependencies, seed: number): Promise<Run> => {
    const random = seeded(~seed);
    const idOf = (name: string): string => `image://${place.name}/${name}`;
    const [old, fresh] = [`old${seed}`, `new${seed}`];
    const name = { location: place.name, repository: `app${seed}`, name: '1' };
    const tagId = idOf(`app${seed}:1`);
    const set = (image: string) => () => setTag(deps, aCaller(), name, { id: idOf(image) });
    const remove = (of: string) => () => deleteElement(deps, aCaller(), parseId(idOf(of), 'id'));
    const create = (parent?: string) => () =>
      createElement(deps, aCaller(), {
        id: tagId,
        ...(parent !== undefined && { parentId: idOf(parent) }),
      });
    await createElement(deps, aCaller(), { id: idOf(old) });
    await createElement(deps, aCaller(), { id: idOf(fresh) });
    if (random() < 0.6) await set(old)();
    const operations: Record<string, () => Promise<unknown>> = {
      set: set(fresh),
      delete: remove(old),
      ...(random() < 0.5 && { set2: set(old) }),
      ...(random() < 0.4 && { delete2: remove(fresh) }),
      ...(random() < 0.4 && { untag: () => removeTag(deps, aCaller(), name) }),
      ...(random() < 0.4 && { create: create(random() < 0.5 ? fresh : undefined) }),
    };
    const interleaver = new Interleaver(seed);
    const outcomes = await interleaver.run(
      Object.fromEntries(
        Object.entries(operations).map(([each, operation]) => [each, () => outcomeOf(operation)]),
      ),
    );
    const { trace } = interleaver;
    const fault = (what: string) => wrong.push(`seed ${seed}: ${what}\n${trace.join('\n')}`);
    // A child of the tag's name protects its parent.
    const mayBeInUse = outcomes.create === 'done';
    for (const [each, outcome] of Object.entries(outcomes)) {
      const isFine = ALLOWED[each.replace(/\d/, '')]?.includes(outcome);
      if (!isFine && !(outcome === 'in-use' && mayBeInUse)) fault(`${each} answered ${outcome}`);
    }
    const tag = await deps.tags.get(tagId);
    if (tag && !(await deps.elements.get(tag.attributes.id))) fault('the tag has outlived its image');
    if (tag && (await deps.elements.get(tagId))) fault('the name is a tag and an element');
    for (const image of [old, fresh]) {
      const left = await outcomeOf(remove(image));
      if (left === 'in-use' && mayBeInUse) continue;
      if (left !== 'done' && left !== 'not-found') fault(`afterwards ${image} is ${left}`);
    }
    return { seed, trace, outcomes };
  };

  const count = (holds: (run: Run) => boolean): number => runs.filter(holds).length;
  const ends = () => ({
    'a tag moves and the image that it named goes': count(
      ({ outcomes }) => outcomes.set === 'done' && outcomes.delete === 'done',
    ),
    'a tag is set to an image that goes': count(
      ({ outcomes }) => outcomes.set2 === 'done' && outcomes.delete === 'done',
    ),
    'a tag finds no image': count(({ outcomes }) => outcomes.set2 === 'not-found'),
    'a tag finds its name taken': count(({ outcomes }) => outcomes.set === 'name-collision'),
    'an image finds its name taken': count(({ outcomes }) => outcomes.create === 'name-collision'),
    'an image of the name is created': count(({ outcomes }) => outcomes.create === 'done'),
    'two move a tag': count(({ outcomes }) => outcomes.set === 'done' && outcomes.set2 === 'done'),
    'a tag begins anew': count(({ trace }) => trace.some((step) => /^set2? waits/.test(step))),
    'a delete begins anew': count(({ trace }) => trace.some((step) => /^delete2? waits/.test(step))),
    'an intent is fenced': count(({ trace }) =>
      trace.some((step) => /^delete2? DeleteItem edges/.test(step)),
    ),
  });
  const missing = () => missingEnds(ends(), 6);

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    await stores.locations.insert(place, aCaller());
    // A cache that never expires, so that a shared read of the location does not synchronise the operations.
    const known = new LocationCache(stores.locations, () => 0);
    const deps = { ...dependenciesOn(stores.intercepted(parking())), known };
    await explore((seed) => run(deps, seed), { into: runs, usual: 90, lanes: 10, missing, wrong });
  }, 900_000);

  it('have only permitted answers, and all of them are true afterwards', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('leave no tag without its image, and no orphaned rows', async () => {
    expect(faultsIn(await stores.rows())).toEqual([]);
  });

  it.runIf(SEED === undefined)('reach every possible outcome, several times', () => {
    console.info(`${runs.length} interleavings`, ends());
    expect(missing()).toEqual([]);
  });
});
