import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Engines } from '../../infra/local/engines/engines.ts';
import type { RowKey } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { defined } from '../../lib/defined.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { startEngines } from '../host-bundle.ts';
import type { World } from './composition-model.ts';
import {
  ASSOCIATIONS,
  beginning,
  Client,
  clock,
  describeEvent,
  ELEMENTS,
  type Move,
  move,
} from './composition-programs.ts';
import { furnish, openPlaces, type Seen, type Site, siteOf, steadyApi } from './composition-world.ts';
import { agree, type Event, explain } from './explanation.ts';
import { Interleaver } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { faultsIn } from './references-in-table.ts';
import { openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

/**
 * Programs of each sort: `RUNS=5000 npx vitest run test/contracts/composition-programs.test.ts` runs that many on dynoxide, and a
 * tenth on DynamoDB Local. `COMPOSITION_SEED` repeats the programs of a seed.
 */
const RUNS = Number(process.env.RUNS ?? 30);
const SEED = process.env.COMPOSITION_SEED;
/** Milliseconds; runs of thousands of programs take longer than a normal test. */
const TIMEOUT = 900_000 + RUNS * 1_000;

interface Stage {
  readonly site: Site;
  readonly world: World;
  readonly stores: Stores;
}

/** How often each operation got each answer. */
type Tally = Record<string, number>;

const tell = (what: string, tally: Tally): void => {
  const answers = Object.entries(tally).sort(([a], [b]) => (a < b ? -1 : 1));
  console.info(`${what}: ${answers.map(([answer, times]) => `${answer} ${times}`).join(', ')}`);
};

const count = (tally: Tally, events: readonly Event[]): void => {
  for (const { step, told } of events) {
    const name = `${step.op}: ${told.code ?? 'done'}`;
    tally[name] = (tally[name] ?? 0) + 1;
  }
};

/** Worlds for programs in one shared table; each program deletes its rows. */
const useStages = (url: () => string): (() => Promise<Stage>) => {
  let programs = 0;
  let [stores, parked] = [undefined, undefined] as unknown as [Stores, Stores];
  let api: ReturnType<typeof steadyApi>;
  beforeAll(async () => {
    stores = await openStores(url());
    parked = stores.intercepted(parking({ together: true }));
    api = steadyApi(parked);
    await openPlaces(api);
  });
  return async () => {
    programs += 1;
    const site = siteOf(api, `p${programs}`);
    return { site, stores, world: await furnish(parked, site, ELEMENTS, ASSOCIATIONS) };
  };
};

const parameters = (numRuns: number) =>
  defined({ numRuns, seed: SEED === undefined ? undefined : Number(SEED) });

/** Checks the invariants of a table at rest after a program, and deletes its rows. */
const lookAndClear = async ({ site, stores }: Stage): Promise<Seen> => {
  const rows = site.own(await stores.rows());
  const keys = rows.map(({ pk, sk }) => ({ pk, sk }) as RowKey);
  for (let at = 0; at < keys.length; at += 100) {
    await stores.table.transact(keys.slice(at, at + 100).map((remove) => ({ remove })));
  }
  expect(faultsIn(rows)).toEqual([]);
  return site.see(rows);
};

const programs = (url: () => string, runs: number): void => {
  const stage = useStages(url);

  it('run in sequence, follow the rules', { timeout: TIMEOUT }, async () => {
    const tally: Tally = {};
    const program = fc.array(move, { minLength: 6, maxLength: 20, size: 'max' });
    await fc.assert(
      fc.asyncProperty(beginning, program, async (first, rest) => {
        const { site, stores, world } = await stage();
        const client = new Client('client', site, clock());
        for (const one of [...first, ...rest]) await client.make(one);
        count(tally, client.events);
        let present = world;
        for (const [at, { step, told }] of client.events.entries()) {
          const next = agree(present, step, told);
          const story = client.events.slice(0, at + 1).map(describeEvent);
          if (!next) throw new Error(`the last answer is wrong\n${story.join('\n')}`);
          present = next;
        }
        const seen = await lookAndClear({ site, stores, world });
        expect(explain(present, [], seen), JSON.stringify([present, seen])).toEqual([]);
      }),
      parameters(runs),
    );
    tell(`${runs} programs, one step after the other`, tally);
  });

  it('run concurrently, have the result of some sequential order', { timeout: TIMEOUT }, async () => {
    const tally: Tally = {};
    const short = fc.array(move, { minLength: 3, maxLength: 5, size: 'max' });
    const concurrent = fc.record({
      before: beginning,
      clients: fc.array(short, { minLength: 2, maxLength: 3, size: 'max' }),
      /** The seed of the order of storage calls; without a seed, they run freely. */
      seed: fc.option(fc.nat(), { freq: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(concurrent, async ({ before, clients, seed }) => {
        const { site, stores, world } = await stage();
        const now = clock();
        const first = new Client('first', site, now);
        for (const one of before) await first.make(one);
        const all = clients.map((_, at) => new Client(`client${at + 1}`, site, now));
        for (const one of all) one.follow(first);
        const runAll = (moves: readonly Move[], client: Client | undefined) => async () => {
          for (const one of moves) await client?.make(one);
        };
        const running = Object.fromEntries(
          clients.map((moves, at) => [`client${at + 1}`, runAll(moves, all[at])]),
        );
        if (seed === null) await Promise.all(Object.values(running).map((run) => run()));
        else await new Interleaver(seed, { inBursts: seed % 2 > 0 }).run(running);
        const events = [first, ...all].flatMap((client) => client.events);
        count(
          tally,
          all.flatMap((client) => client.events),
        );
        const seen = await lookAndClear({ site, stores, world });
        if (!explain(world, events, seen)) {
          const story = events
            .toSorted((a, b) => a.to - b.to)
            .map((event) => `${event.from}-${event.to} ${describeEvent(event)}`);
          throw new Error(`no order explains it\n${story.join('\n')}\n${JSON.stringify(seen)}`);
        }
      }),
      parameters(runs),
    );
    tell(`${runs} programs of two or three clients at the same time`, tally);
  });
};

describe('random programs of joins, binds, unbinds, leaves and deletes', () => {
  describe('on dynoxide', () => programs(() => inject('dynamodbUrl'), RUNS));

  describe("on Amazon's DynamoDB Local", () => {
    let engines: Engines | undefined;
    beforeAll(async () => {
      engines = await startEngines({ metadata: 'dynamodb-local', bucket: TEST_BUCKET });
    });
    afterAll(() => engines?.stop());

    programs(() => engines?.dynamodbUrl ?? '', Math.ceil(RUNS / 10));
  });
});
