import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { after } from './composition-effects.ts';
import type { Action, World } from './composition-model.ts';
import { ASSOCIATIONS, Client, clock, describeEvent, ELEMENTS } from './composition-programs.ts';
import { furnish, knownForGood, openPlaces, type Site, siteOf, steadyApi } from './composition-world.ts';
import { dies } from './dying.ts';
import { agree, explain } from './explanation.ts';
import { faultsIn } from './references-in-table.ts';
import { openStores, type Stores } from './stores.ts';

// Removes the waits between tries.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: async () => {},
}));

/** After every lease, and after the expiry of intents. */
const LATER = 16 * 60_000;

const mount = (path: string, persistent = true) => ({ path, readOnly: false, persistent });
const open: Action = { op: 'open', on: 'E1' };
const volume: Action = { op: 'join', on: 'E1', id: 'V1', mount: mount('/data') };
const alone: Action = { op: 'join', on: 'E1', id: 'V1', mount: mount('/data', false) };
const bindAll: Action = { op: 'bind', on: 'E1' };
/** With the task that is associated with the volume. */
const joined: readonly Action[] = [open, { op: 'join', on: 'E1', id: 'I1', mount: mount('/') }, volume];
const running = [...joined, bindAll];

const deeds: readonly { readonly name: string; readonly before: readonly Action[]; readonly deed: Action }[] =
  [
    { name: 'an open', before: [], deed: open },
    { name: 'a join that a task comes along with', before: [open], deed: volume },
    { name: 'a join of a volume alone', before: [open], deed: alone },
    { name: 'a bind of everything', before: joined, deed: bindAll },
    { name: 'an unbind of everything', before: running, deed: { op: 'unbind', on: 'E1' } },
    { name: 'a leave', before: [open, volume], deed: { op: 'leave', on: 'E1', id: 'V1' } },
    {
      name: 'a leave of a volume held alone',
      before: [open, alone],
      deed: { op: 'leave', on: 'E1', id: 'V1' },
    },
    {
      name: 'a report by which a task leaves',
      before: [...running, { op: 'join', on: 'E1', id: 'T1' }, { op: 'bind', on: 'E1', id: 'T1' }],
      deed: { op: 'report', on: 'E1', id: 'T1', state: 'exited', attempt: 1 },
    },
    { name: 'an association', before: [], deed: { op: 'associate', id: 'I1', task: 'T1' } },
    { name: 'an end of an association', before: [], deed: { op: 'dissociate', id: 'V1', task: 'T2' } },
    { name: 'a delete of an executor that was composed', before: [open], deed: { op: 'delete', id: 'E1' } },
  ];

/** A call that was killed, with the world before it, and the world after it if it had succeeded. */
interface Victim {
  readonly site: Site;
  readonly client: Client;
  readonly before: World;
  readonly done: World;
}

describe('a killed call on a composition', () => {
  let stores: Stores;
  let known: ReturnType<typeof knownForGood>;
  const now = clock();
  let sites = 0;

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    known = knownForGood(stores);
    await openPlaces(steadyApi(stores, known));
  });

  /** Runs the call up to its nth storage call, without its answer; undefined if the call completed. */
  const kill = async (
    { before, deed }: (typeof deeds)[number],
    calls: number,
  ): Promise<Victim | undefined> => {
    sites += 1;
    const key = `k${sites}`;
    const site = siteOf(steadyApi(stores, known), key);
    let world: World | undefined = await furnish(stores, site, ELEMENTS, ASSOCIATIONS);
    const client = new Client('client', site, now);
    for (const action of before) await client.make({ action, aim: null, handle: 'last' });
    for (const { step, told } of client.events) world = world && agree(world, step, told);
    if (!world) throw new Error(client.events.map(describeEvent).join('\n'));
    const run = (dying: Stores): Promise<void> => {
      const victim = new Client('victim', siteOf(steadyApi(dying, known), key), now);
      victim.follow(client);
      return victim.make({ action: deed, aim: null, handle: 'last' });
    };
    const died = await dies(stores, run, calls, true);
    return died ? { site, client, before: world, done: after(world, deed, undefined) } : undefined;
  };

  const sweepAll = async (): Promise<Item[]> => {
    while (Object.keys(await stores.sweep(LATER)).length > 0);
    await stores.expire(LATER);
    return stores.rows();
  };

  const isAs = (world: World, { site }: Victim, rows: readonly Item[]): boolean =>
    explain(world, [], site.see(site.own(rows))) !== undefined;

  it.each(deeds.map((one) => [one.name, one] as const))(
    'at any point is completed by the sweeper, by expiry and by a retry: %s',
    async (_, one) => {
      const victims: Victim[] = [];
      for (let calls = 0; ; calls += 1) {
        const victim = await kill(one, calls);
        if (!victim) break;
        victims.push(victim);
      }
      const left = await sweepAll();
      const came = victims.map((victim) => [
        ...faultsIn(victim.site.own(left)),
        isAs(victim.done, victim, left) ? 'done' : isAs(victim.before, victim, left) ? 'undone' : 'neither',
      ]);
      // The last storage call makes the change.
      expect(came).toEqual(victims.map((_, calls) => [calls < victims.length - 1 ? 'undone' : 'done']));
      for (const { client } of victims) await client.make({ action: one.deed, aim: null, handle: 'anew' });
      const rows = await sweepAll();
      const retried = victims.map((victim) => [
        ...faultsIn(victim.site.own(rows)),
        isAs(victim.done, victim, rows) ? 'done' : victim.client.events.map(describeEvent).join('\n'),
      ]);
      expect(retried).toEqual(victims.map(() => ['done']));
    },
  );
});
