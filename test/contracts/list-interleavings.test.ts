import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { listPartition } from '../../lib/adapters/dynamodb/keys.ts';
import { defined } from '../../lib/defined.ts';
import type { ElementQuery } from '../../lib/element/element-store.ts';
import { PATIENCE } from '../patience.ts';
import { explore, SEED } from './histories.ts';
import { Interleaver, seeded } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { aCaller, aLocation, anElement, anInsertion, idIn, text } from './records.ts';
import { openStores, type Stores } from './stores.ts';

const MUTATORS = 3;
const SHARDS = 16;

/** Half of the names are in one shard, so that its page ends before the others. */
const NAMES = (() => {
  const all = Array.from({ length: 400 }, (_, at) => `n${at}`);
  const inOne = all.filter((name) => listPartition('', name, SHARDS) === '#3');
  return [...new Set([...all.slice(0, 16), ...inOne.slice(0, 18)])];
})();

const queries: readonly Pick<ElementQuery, 'equality' | 'namePrefix'>[] = [
  {},
  { namePrefix: 'n1' },
  { equality: { type: 'state', state: 'ready' } },
  { equality: { type: 'indexed', key: 'ro.os', value: 'linux' } },
  { equality: { type: 'parent', id: 'scratch:' } },
];

interface Run {
  readonly seen: readonly string[];
  /** Elements that existed from before the first page until after the last. */
  readonly stood: readonly string[];
  /** Elements that existed at any time. */
  readonly ever: ReadonlySet<string>;
  readonly pages: number;
  readonly trace: readonly string[];
}

describe.each([undefined, SHARDS])(
  'pages of a list of %s shards, with interleaved creates and deletes',
  (listShards) => {
    let stores: Stores;
    const runs: Run[] = [];

    const run = async (seed: number): Promise<Run> => {
      const random = seeded(seed);
      const below = (bound: number): number => Math.floor(random() * bound);
      const location = aLocation({ name: `s${seed}`, indexed: ['ro.os'], ...defined({ listShards }) });
      const { elements } = stores.intercepted(parking());
      const create = (name: string, by = elements) =>
        by.insert(anInsertion(location, anElement(location, name, { ro: text({ os: 'linux' }) })));
      const remove = (name: string) =>
        elements.remove({ id: idIn(location, name), location, caller: aCaller() });
      const first = NAMES.filter(() => random() < 0.6);
      await Promise.all(first.map((name) => create(name, stores.elements)));
      await vi.waitFor(async () => {
        expect((await stores.elements.list({ location, limit: 100 })).items).toHaveLength(first.length);
      }, PATIENCE);

      const query = queries[below(queries.length)] as (typeof queries)[number];
      const limit = 1 + below(12);
      const [ever, touched] = [new Set(first), new Set<string>()];
      const seen: string[] = [];
      let pages = 0;
      const read = async (): Promise<void> => {
        for (let after: string | undefined; ; ) {
          const page = await elements.list({ location, ...query, limit, ...defined({ after }) });
          pages += 1;
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items.map(({ attributes }) => attributes.name));
          after = page.next;
          if (after === undefined) return;
        }
      };
      const mutate = (): (() => Promise<void>) => {
        const names = Array.from({ length: 6 }, () => NAMES[below(NAMES.length)] as string);
        return async () => {
          for (const name of names) {
            touched.add(name);
            ever.add(name);
            // The element may or may not exist.
            await (random() < 0.5 ? create(name) : remove(name)).catch((error) =>
              expect(['name-collision', 'not-found', 'unavailable']).toContain(error.code),
            );
          }
        };
      };
      const interleaver = new Interleaver(seed, { inBursts: random() < 0.5 });
      await interleaver.run({
        read,
        ...Object.fromEntries(Array.from({ length: MUTATORS }, (_, at) => [`mutate${at}`, mutate()])),
      });
      const prefix = query.namePrefix ?? '';
      return {
        seen,
        stood: first.filter((name) => !touched.has(name) && name.startsWith(prefix)),
        ever,
        pages,
        trace: interleaver.trace,
      };
    };

    beforeAll(async () => {
      stores = await openStores(inject('dynamodbUrl'));
      await explore(run, { into: runs, usual: 24, lanes: 4 });
    });

    it('show every element that existed throughout, once, in order, and none that never existed', () => {
      for (const { seen, stood, ever } of runs) {
        expect(seen).toEqual([...new Set(seen)].sort());
        expect(stood.filter((name) => !seen.includes(name))).toEqual([]);
        expect(seen.filter((name) => !ever.has(name))).toEqual([]);
      }
    });

    it.runIf(SEED === undefined)('change while they are read, many times', () => {
      const among = runs.filter(({ trace }) => {
        const reads = trace.flatMap((step, at) => (step.startsWith('read ') ? [at] : []));
        const [from = 0, to = 0] = [reads[0], reads.at(-1)];
        return trace.slice(from, to).some((step) => /^mutate\d (Put|Transact)/.test(step));
      });
      expect(among.length).toBeGreaterThan(runs.length / 2);
      expect(runs.filter(({ pages }) => pages > 3).length).toBeGreaterThan(10);
    });
  },
);
