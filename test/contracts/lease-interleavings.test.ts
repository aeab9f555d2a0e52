import { AsyncLocalStorage } from 'node:async_hooks';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import { RunnerTable } from '../../lib/adapters/dynamodb/runner-table.ts';
import { TaskportError } from '../../lib/errors.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import type { Lease } from '../../lib/location/runner-lease.ts';
import {
  claimRunner,
  fenceRunner,
  leaveRunner,
  readRunner,
  renewRunner,
} from '../../lib/location/runners.ts';
import { dependenciesOn } from './api.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, park, seeded } from './interleaver.ts';
import { aCaller, aLocation } from './records.ts';
import { isWrite, openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

const SILENCE = 300;
/** The epoch that the present call renews, and the epochs at its calls of the store. */
const renewing = new AsyncLocalStorage<{ readonly epoch: number; readonly seen: Set<number | undefined> }>();
/** The permitted answers of each operation, for any interleaving. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  claim: ['done', 'stale-runner', 'runner-elsewhere', 'unavailable'],
  'take over': ['done', 'stale-runner', 'runner-elsewhere', 'unavailable'],
  renew: ['done', 'stale-runner'],
  leave: ['done', 'stale-runner', 'invalid-state', 'unavailable'],
  fence: ['done', 'invalid-state', 'unavailable'],
};

/** A state of the row, and the one before. */
interface Change {
  readonly from: Lease | undefined;
  readonly to: Lease;
  /** The epoch that the writer renews; undefined for other calls. */
  readonly renewed: number | undefined;
  /** By the service's clock; the call may have been decided earlier. */
  readonly at: number;
}

interface Run {
  readonly trace: readonly string[];
  readonly answers: readonly string[];
  readonly changes: readonly Change[];
}

describe('a lease that runners claim, keep and lose while storage calls interleave at random', {
  timeout: 900_000,
}, () => {
  let stores: Stores;
  const runs: Run[] = [];
  const wrong: string[] = [];

  const run = async (seed: number): Promise<Run> => {
    const random = seeded(~seed);
    const place = aLocation({ name: `leased-${seed}`, kind: 'executor', owner: aCaller().principal });
    await stores.locations.insert(place, aCaller());
    const observed = new RunnerTable(stores.table);
    const [answers, changes, late]: [string[], Change[], (() => Promise<unknown>)[]] = [[], [], []];
    let now = Date.parse('2026-01-01T00:00:00Z');

    const interleaver = new Interleaver(seed, { inBursts: seed % 2 > 0 });
    const fault = (what: string) =>
      wrong.push(`seed ${seed}: ${what}\n${[...answers, ...interleaver.trace].join('\n')}`);
    const watched = async <T>(send: () => Promise<T>): Promise<T> => {
      const from = await observed.get(place);
      renewing.getStore()?.seen.add(from?.epoch);
      const sent = await send().catch((error) => ({ error }));
      const to = await observed.get(place);
      if (to && !isDeepStrictEqual(from, to))
        changes.push({ from, to, renewed: renewing.getStore()?.epoch, at: now });
      if (typeof sent === 'object' && sent !== null && 'error' in sent) throw sent.error;
      return sent as T;
    };
    const parked = stores.intercepted((operation, send) => {
      // The interleaver runs it later, as a part of this call.
      const look = AsyncLocalStorage.bind(() => watched(send));
      if (isWrite(operation) && random() < 0.3) late.push(() => look().catch(() => {}));
      return park(operation, look);
    });
    const deps: Dependencies = {
      ...dependenciesOn(parked),
      known: new LocationCache(stores.locations, () => 0),
      silenceSeconds: SILENCE,
      now: () => now,
    };
    await deps.known.get(place.name);

    const silence = () =>
      park('nobody is heard', async () => {
        now += SILENCE * 1_000;
      });
    const call = async <T>(what: string, send: () => Promise<T>): Promise<T | undefined> => {
      now += Math.floor(random() * 120_000);
      try {
        const answer = await send();
        answers.push(`${what}: done`);
        return answer;
      } catch (error) {
        answers.push(`${what}: ${error instanceof TaskportError ? error.code : String(error)}`);
        return undefined;
      }
    };
    const runner = (name: string, engine: string, takesOver: boolean) => async () => {
      for (let round = 0; round < 2; round += 1) {
        const { epoch, heardAt } = await readRunner(deps, aCaller().principal, place.name);
        const takeover = takesOver && heardAt !== undefined ? { afterSeconds: SILENCE, heardAt } : undefined;
        if (takeover) await silence();
        const claim = { engine, runner: name, epoch, ...(takeover && { takeover }) };
        const granted = await call(takeover ? 'take over' : 'claim', () =>
          claimRunner(deps, aCaller(), place.name, claim),
        );
        if (!granted) continue;
        const held = { epoch: granted.epoch };
        const renew = async (renewal: typeof held & { readonly settled?: boolean }): Promise<void> => {
          const seen = new Set<number | undefined>();
          const answer = await renewing.run({ ...held, seen }, () =>
            call('renew', () => renewRunner(deps, aCaller(), place.name, renewal)),
          );
          if (answer && !seen.has(held.epoch))
            fault('a renewal is accepted though another runner has the lease');
        };
        await renew(granted.tookOver ? { ...held, settled: true } : held);
        if (random() < 0.5) {
          await park('goes on', async () => {});
          await renew(held);
        }
        if (random() < 0.5) await call('leave', () => leaveRunner(deps, aCaller(), place.name, held));
      }
    };
    await interleaver.run({
      first: runner('first', 'a', false),
      second: runner('second', 'a', false),
      other: runner('other', 'b', random() < 0.5),
      ...(random() < 0.5 && {
        fence: async () => {
          for (let steps = random() * 12; steps > 0; steps -= 1) await park('waits', async () => {});
          if (random() < 0.7) await silence();
          await call('fence', () => fenceRunner(deps, aCaller(), place.name));
        },
      }),
      late: async () => {
        for (let count = 0; count < 6; count += 1)
          await park('a late copy', async () => late.splice(Math.floor(random() * late.length), 1)[0]?.());
      },
    });
    const { trace } = interleaver;
    for (const answer of answers) {
      const [what = '', outcome = ''] = answer.split(': ');
      if (!ALLOWED[what]?.includes(outcome)) fault(`${what} answered ${outcome}`);
    }
    for (const { from, to, renewed, at } of changes) {
      if (renewed !== undefined && renewed !== from?.epoch)
        fault('a renewal keeps the lease of another runner');
      const heard = Date.parse(from?.heardAt ?? '');
      const isSilent = at - heard >= SILENCE * 1_000;
      if (to.epoch !== (from?.epoch ?? 0) && to.epoch !== (from?.epoch ?? 0) + 1)
        fault('an epoch is left out');
      if (to.epoch === from?.epoch && to.engine !== from.engine) fault('an epoch has two engines');
      if (to.epoch === from?.epoch && Date.parse(to.heardAt ?? '') < heard) fault('who was heard is unheard');
      const hasPassed = from?.engine !== undefined && to.engine !== undefined && to.engine !== from.engine;
      if (hasPassed && !isSilent) fault('an engine that was heard has lost the lease to another');
      if (to.fenced !== undefined && from?.engine === to.fenced && !isSilent)
        fault('an engine that was heard is fenced');
      if ((hasPassed || (to.engine === 'b' && from?.fenced === 'a')) && !to.isUnsettled)
        fault('nobody is told that another engine had the tasks');
    }
    return { trace, answers, changes };
  };

  const answered = (what: string) => runs.filter(({ answers }) => answers.includes(what)).length;
  const changed = (holds: (change: Change) => boolean) =>
    runs.filter(({ changes }) => changes.some(holds)).length;
  const ends = () => ({
    'a claim comes too late': answered('claim: stale-runner'),
    'another engine has it': answered('claim: runner-elsewhere'),
    'a renewal comes too late': answered('renew: stale-runner'),
    'a runner leaves': answered('leave: done'),
    'a runner waits for another of its engine': answered('leave: invalid-state'),
    'an engine is fenced': answered('fence: done'),
    'a fence comes too soon': answered('fence: invalid-state'),
    'another engine takes over': changed(
      ({ from, to }) => from?.engine === 'a' && to.engine === 'b' && from.epoch > 0,
    ),
    'another runner of the engine adopts': changed(
      ({ from, to }) => from?.engine === to.engine && from?.runner !== to.runner && to.epoch !== from?.epoch,
    ),
  });
  const missing = () => missingEnds(ends(), 3);

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    await explore(run, { into: runs, usual: 50, missing, wrong });
  }, 900_000);

  it('belongs to one engine at a time, and moves to another only after its runner was silent', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it.runIf(SEED === undefined)('reach every possible outcome, several times', () => {
    console.info(`${runs.length} interleavings of a lease`, ends());
    expect(missing()).toEqual([]);
  });
});
