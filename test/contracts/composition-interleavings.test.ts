import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { guardKey } from '../../lib/adapters/dynamodb/keys.ts';
import { defined } from '../../lib/defined.ts';
import type { Api } from './api.ts';
import { composingScenarios } from './composing-scenarios.ts';
import type { World } from './composition-model.ts';
import { ASSOCIATIONS, Client, clock, describeEvent, ELEMENTS } from './composition-programs.ts';
import { type Scenario, scenarios } from './composition-scenarios.ts';
import { furnish, openPlaces, type Site, siteOf, steadyApi } from './composition-world.ts';
import { type Event, explain } from './explanation.ts';
import { explore, SEED } from './histories.ts';
import { Interleaver } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { faultsIn } from './references-in-table.ts';
import { openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

interface Run {
  readonly seed: number;
  readonly site: Site;
  readonly world: World;
  readonly before: readonly Event[];
  readonly events: readonly Event[];
  readonly trace: readonly string[];
}

/** Treats every guard as expired, like a process whose clock is ahead. */
const breakGuards = async (table: Table, id: string): Promise<void> => {
  for (let look = 1; look <= 4; look += 1) {
    const guard = await table.get(guardKey(id));
    if (guard?.deleter === undefined) continue;
    await table.remove(guardKey(id), {
      expression: 'deleter = :deleter',
      values: { ':deleter': guard.deleter },
    });
  }
};

/** Runs several actors concurrently, one storage call after another in an order that the seed determines. */
const play = async (
  { before, actors, breaks }: Scenario,
  { api, parked }: { readonly api: Api; readonly parked: Stores },
  seed: number,
): Promise<Run> => {
  const site = siteOf(api, `s${seed}`);
  const world = await furnish(parked, site, ELEMENTS, ASSOCIATIONS);
  const now = clock();
  const first = new Client('before', site, now);
  for (const action of before) await first.make({ action, aim: null, handle: 'last' });
  const clients = Object.entries(actors).map(([name, actions]) => {
    const client = new Client(name, site, now);
    client.follow(first);
    const act = async (): Promise<void> => {
      for (const action of actions) await client.make({ action, aim: null, handle: 'last' });
    };
    return { client, act };
  });
  const interleaver = new Interleaver(seed, { inBursts: seed % 3 > 0 });
  await interleaver.run({
    ...Object.fromEntries(clients.map(({ client, act }) => [client.name, act])),
    ...defined({
      breaker:
        breaks !== undefined && seed % 2 === 0
          ? () => breakGuards(parked.table, site.idOf(breaks))
          : undefined,
    }),
  });
  const events = clients.flatMap(({ client }) => client.events);
  return { seed, site, world, before: first.events, events, trace: interleaver.trace };
};

const outcomesOf = ({ events }: Run): Record<string, string> => {
  const outcomes: Record<string, string> = {};
  for (const { client, told } of events) {
    outcomes[client] = [outcomes[client], told.code ?? 'done'].filter(Boolean).join(' ');
  }
  return outcomes;
};

describe('operations on compositions whose storage calls interleave at random', { timeout: 900_000 }, () => {
  describe.each([...scenarios, ...composingScenarios].map((one) => [one.name, one] as const))(
    '%s',
    (_, scenario) => {
      const runs: Run[] = [];
      let stores: Stores;

      beforeAll(async () => {
        stores = await openStores(inject('dynamodbUrl'));
        const parked = stores.intercepted(parking({ together: true }));
        const api = steadyApi(parked);
        await openPlaces(api);
        // A rare outcome may need more seeds, because the order of calls is not the only source of chance.
        await explore((seed) => play(scenario, { api, parked }, seed), {
          into: runs,
          usual: 10,
          lanes: 10,
          missing,
        });
      }, 900_000);

      const missing = () => {
        const outcomes = runs.map(outcomesOf);
        return scenario.ends.filter(
          (end) => !outcomes.some((one) => Object.entries(end).every(([who, what]) => one[who] === what)),
        );
      };

      const storyOf = ({ seed, before, events, trace }: Run): string =>
        [`seed ${seed}`, ...before.map(describeEvent), ...events.map(describeEvent), ...trace].join('\n');

      it('have the result of some sequential order, and leave no orphaned rows', async () => {
        const rows = await stores.rows();
        const wrong = runs.flatMap((run) => {
          const own = run.site.own(rows);
          const faults = faultsIn(own);
          const seen = run.site.see(own);
          if (faults.length > 0) return [`${faults.join('\n')}\n${storyOf(run)}`];
          if (explain(run.world, [...run.before, ...run.events], seen)) return [];
          return [`no order explains it\n${JSON.stringify(seen)}\n${storyOf(run)}`];
        });
        expect(wrong.slice(0, 1)).toEqual([]);
      });

      it.runIf(SEED === undefined)('reach every possible outcome', () => {
        const outcomes = runs.map(outcomesOf);
        const counted: Record<string, number> = {};
        for (const one of outcomes) {
          const name = Object.entries(one)
            .map(([who, what]) => `${who}: ${what}`)
            .sort()
            .join(', ');
          counted[name] = (counted[name] ?? 0) + 1;
        }
        const never = missing();
        expect([never, never.length > 0 ? counted : {}]).toEqual([[], {}]);
      });
    },
  );
});
