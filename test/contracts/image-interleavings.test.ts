/** Images are made of layers while these are deleted: no image outlives a layer, and no orphaned rows remain. */
import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import type { Checksum } from '../../lib/element/checksum.ts';
import { createElement } from '../../lib/element/create-element.ts';
import { deleteElement } from '../../lib/element/delete-element.ts';
import { parseId } from '../../lib/element/id.ts';
import { toLayer } from '../../lib/element/layer.ts';
import '../../lib/element/registry/making.ts';
import '../../lib/element/registry/synthesized.ts';
import { TaskportError } from '../../lib/errors.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import { dependenciesOn } from './api.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, seeded } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { aCaller, aLocation, anElement, anInsertion, inMs } from './records.ts';
import { faultsIn } from './references-in-table.ts';
import { openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

const place = aLocation({ name: 'interleaved' });

/** The permitted results of each operation, for any interleaving. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  create: ['done', 'unknown-content', 'name-collision', 'unavailable'],
  delete: ['done', 'in-use', 'not-found', 'unavailable'],
};

const sha256 = (text: string): Checksum => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const groupOf = (digests: readonly Checksum[]) => ({
  id: `image://${place.name}/layers@${sha256(digests.join(' '))}`,
  oci: { layers: digests },
});

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

describe('images that are made of layers which are deleted', { timeout: 900_000 }, () => {
  let stores: Stores;
  const runs: Run[] = [];
  const wrong: string[] = [];

  /** Creates a layer under its own name. */
  const putLayer = async (name: string, digest: Checksum): Promise<string> => {
    const blob = randomUUID();
    await stores.elements.stage(blob, inMs(3_600_000));
    const layer = toLayer(digest, 7, { compression: 'none' });
    const record = anElement(place, name, { blob, layer, attributes: { unpackedSize: 5 } });
    await stores.elements.insert(anInsertion(place, record));
    return record.attributes.id;
  };

  const run = async (deps: Dependencies, seed: number): Promise<Run> => {
    const random = seeded(~seed);
    const digests = ['a', 'b', 'c'].map((name) => sha256(`${seed}${name}`)) as [Checksum, Checksum, Checksum];
    const ids = await Promise.all(digests.map((digest, at) => putLayer(`l${seed}-${at}`, digest)));
    // The first layer exists twice, so one may replace the other.
    if (random() < 0.5) await putLayer(`l${seed}-twin`, digests[0]);
    const [one, two] = [groupOf([digests[0], digests[1], digests[0]]), groupOf([digests[1], digests[2]])];
    const create = (body: object) => () => createElement(deps, aCaller(), body);
    const remove = (id: string) => () => deleteElement(deps, aCaller(), parseId(id, 'id'));
    const operations = {
      create: create(one),
      create2: create(random() < 0.3 ? one : two),
      delete: remove(ids[0] as string),
      delete2: remove(ids[1] as string),
      delete3: remove(random() < 0.5 ? one.id : (ids[2] as string)),
    };
    const interleaver = new Interleaver(seed);
    const outcomes = await interleaver.run(
      Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [name, () => outcomeOf(operation)]),
      ),
    );
    const { trace } = interleaver;
    for (const [name, outcome] of Object.entries(outcomes))
      if (!ALLOWED[name.replace(/\d/, '')]?.includes(outcome))
        wrong.push(`seed ${seed}: ${name} answered ${outcome}\n${trace.join('\n')}`);
    return { seed, trace, outcomes };
  };

  const count = (holds: (run: Run) => boolean): number => runs.filter(holds).length;
  const ends = () => ({
    'a layer is deleted': count(({ outcomes }) => outcomes.delete === 'done'),
    'a delete is refused': count(({ outcomes }) => outcomes.delete === 'in-use'),
    'an image is made': count(({ outcomes }) => outcomes.create === 'done'),
    'an image is made though a layer of it was deleted': count(
      ({ outcomes }) => outcomes.create === 'done' && outcomes.delete === 'done',
    ),
    'an image lacks a layer': count(({ outcomes }) => outcomes.create === 'unknown-content'),
    'an image begins anew': count(({ trace }) => trace.includes('create waits')),
    'an intent is fenced': count(({ trace }) => trace.includes('delete DeleteItem edges')),
  });
  const missing = () => missingEnds(ends(), 3);

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    await stores.locations.insert(place, aCaller());
    const known = new LocationCache(stores.locations, () => 0);
    const deps = { ...dependenciesOn(stores.intercepted(parking())), known };
    await explore((seed) => run(deps, seed), { into: runs, usual: 30, lanes: 10, missing, wrong });
  }, 900_000);

  it('have only permitted answers', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('leave no image without its layers, and no orphaned rows', async () => {
    const faults = faultsIn(await stores.rows()).filter((fault) => !/^a (staged|doomed) blob/.test(fault));
    expect(faults).toEqual([]);
  });

  it.runIf(SEED === undefined)('reach every possible outcome, many times', () => {
    console.info(`${runs.length} interleavings`, ends());
    expect(missing()).toEqual([]);
  });
});
