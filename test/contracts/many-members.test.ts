import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { MUCH_LATER } from '../uploading.ts';
import { furnish, knownForGood, openPlaces, siteOf, steadyApi } from './composition-world.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, park, seeded } from './interleaver.ts';
import { mortal, parking } from './parked-calls.ts';
import { faultsIn } from './references-in-table.ts';
import { openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

const numbered = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${kind}${at + 1}`);
/** Thirty members, eight of them exclusive volumes. */
const NAMES = [...numbered('I', 12), ...numbered('V', 8), ...numbered('L', 5), ...numbered('T', 5)];
const mountOf = (name: string, at: number): object => {
  if (name === 'I1') return { mount: { path: '/' } };
  if (name.startsWith('I')) return { mount: { path: `/mnt/${at}` } };
  return name.startsWith('V') ? { mount: { path: `/mnt/${at}`, persistent: false } } : {};
};

describe('a composition of thirty members while each of them may be deleted', { timeout: 900_000 }, () => {
  let stores: Stores;
  const ends = { made: 0, 'made again': 0, missing: 0, refused: 0, deleted: 0, killed: 0 };
  const wrong: string[] = [];
  const missing = () => missingEnds(ends);

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    const known = knownForGood(stores);
    const parked = parking({ together: true });
    const processOf = (callsToLive?: number) =>
      steadyApi(stores.intercepted(mortal(parked, callsToLive)), known);
    const api = processOf();
    await openPlaces(api);
    const play = async (seed: number) => {
      const random = seeded(~seed);
      const interleaver = new Interleaver(seed, { inBursts: seed % 3 > 0 });
      const site = siteOf(api, `m${seed}`);
      await furnish(stores, site, NAMES);
      const executorId = site.idOf('E1');
      const members = NAMES.map((name, at) => ({ id: site.idOf(name), ...mountOf(name, at) }));
      const answers: string[] = [];
      const fault = (what: string) =>
        wrong.push(`seed ${seed}: ${what}\n${[...answers, ...interleaver.trace].join('\n')}`);
      const told = (
        who: string,
        allowed: readonly string[],
        { status, body }: Awaited<ReturnType<typeof api>>,
      ) => {
        const answer = status < 400 ? 'done' : body.code;
        answers.push(`${who}: ${answer}`);
        if (!allowed.includes(answer)) fault(`${who} answered ${status} ${answer} ${body?.detail}`);
        return answer;
      };
      let made = '';
      const compose = async (): Promise<void> => {
        const isDoomed = random() < 0.4;
        const ask = (by = api) =>
          by('POST /compositions', { executorId, executor: {}, members }, { 'idempotency-key': `m${seed}` });
        if (isDoomed) {
          const { status } = await ask(processOf(1 + Math.floor(random() * 8)));
          if (status === 500) ends.killed += 1;
        }
        // A caller that does not get an answer repeats the request.
        made = told('compose', ['done', 'not-found', 'unavailable'], await ask());
        if (made === 'done' && isDoomed) ends['made again'] += 1;
      };
      const allowed = ['done', 'in-use', 'volume-attached', 'unavailable'];
      const deleters = NAMES.filter(() => random() < (seed % 8 === 0 ? 1 : 0.08)).map((name) => {
        const remove = async (): Promise<void> => {
          for (let steps = 25 * random(); seed % 2 > 0 && steps > 0; steps -= 1)
            await park('waits', () => Promise.resolve());
          const isDoomed = random() < 0.2;
          const by = isDoomed ? processOf(1 + Math.floor(random() * 12)) : api;
          const answer = await by(`DELETE /elements/${site.idOf(name).replace('://', '/')}`);
          if (answer.status === 500 && isDoomed) return;
          const came = told(`delete ${name}`, allowed, answer);
          ends[came === 'done' ? 'deleted' : 'refused'] += 1;
        };
        return [name, remove] as const;
      });
      await interleaver.run({ compose, ...Object.fromEntries(deleters) });
      const composition = await stores.compositions.get(executorId);
      const isThere = (await stores.elements.get(executorId)) !== undefined;
      if (isThere !== (made === 'done')) fault(`the executor is ${isThere ? 'there' : 'missing'}`);
      if (made === 'done' && composition?.members.length !== NAMES.length) fault('some of it is made');
      if (made === 'not-found') ends.missing += 1;
      if (made === 'done') ends.made += 1;
      return { answers, trace: interleaver.trace };
    };
    await explore(play, { usual: 8, lanes: 8, missing, wrong });
  }, 900_000);

  it('has all of them or none, and each caller gets a correct answer', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('leaves no orphaned rows after a run of the sweeper', async () => {
    await stores.expire(MUCH_LATER);
    while (Object.keys(await stores.sweep(MUCH_LATER)).length > 0);
    await stores.expire(MUCH_LATER);
    expect(faultsIn(await stores.rows())).toEqual([]);
  });

  it.runIf(SEED === undefined)('reaches every possible outcome', () => {
    console.info('interleavings of thirty members', ends);
    expect(missing()).toEqual([]);
  });
});
