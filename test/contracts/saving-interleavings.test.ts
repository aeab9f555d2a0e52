import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { guardKey } from '../../lib/adapters/dynamodb/keys.ts';
import { expireUpload, outlivesUpload } from '../../lib/element/upload/request-verification.ts';
import { verifyUpload } from '../../lib/element/upload/verify-upload.ts';
import { digest } from '../functions/api/support.ts';
import { MUCH_LATER, sendAll } from '../uploading.ts';
import { type Api, apiOn, dependenciesOn } from './api.ts';
import { knownForGood } from './composition-world.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, park, seeded } from './interleaver.ts';
import { parking } from './parked-calls.ts';
import { aCaller } from './records.ts';
import { faultsIn } from './references-in-table.ts';
import { Chronicle, WritingEngine } from './saving-world.ts';
import { type Interception, openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

/** The operations of executors on the volume, in sequence. */
const PLANS: readonly (readonly string[])[] = [
  ['bind', 'unbind', 'bind', 'unbind'],
  ['bind', 'unbind', 'bind', 'unbind', 'leave'],
  ['bind', 'discard', 'bind', 'unbind'],
  ['bind', 'unbind', 'discard', 'leave'],
  ['bind', 'unbind', 'leave'],
];

/** The permitted answers of each operation, for any interleaving. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  join: ['done', 'not-found', 'unavailable'],
  compose: ['done', 'not-found', 'volume-attached', 'in-use', 'unavailable'],
  bind: ['done', 'volume-attached', 'in-use', 'already-bound', 'not-joined', 'unavailable'],
  unbind: ['done', 'not-bound', 'not-joined'],
  discard: ['done', 'not-bound', 'not-joined'],
  leave: ['done', 'volume-attached', 'already-bound', 'not-joined'],
  create: ['done', 'volume-attached', 'unknown-parent', 'unavailable'],
  delete: ['done', 'in-use', 'volume-attached', 'not-found', 'unavailable'],
  release: ['done', 'in-use', 'not-found'],
  replace: ['done', 'in-use', 'volume-attached', 'invalid-state', 'not-found'],
};

interface Run {
  readonly seed: number;
  readonly trace: readonly string[];
  readonly answers: readonly string[];
  readonly ends: readonly string[];
}

describe('volumes that are written, with interleaved storage calls', { timeout: 900_000 }, () => {
  let stores: Stores;
  let known: ReturnType<typeof knownForGood>;
  const runs: Run[] = [];
  const wrong: string[] = [];

  const run = async (seed: number): Promise<Run> => {
    const random = seeded(~seed);
    const chronicle = new Chronicle();
    const interleaver = new Interleaver(seed, { inBursts: seed % 3 > 0 });
    const answers: string[] = [];
    const fault = (what: string) =>
      wrong.push(`seed ${seed}: ${what}\n${[...answers, ...interleaver.trace].join('\n')}`);
    const volumeId = `volume://written/v${seed}`;
    const volumePath = `/elements/volume/written/v${seed}`;

    // Shared by all, so that it knows all partitions with edges.
    const parked = parking();
    /** A process, which may die before one of its calls; then all its calls fail. */
    const process = (callsToLive = Number.POSITIVE_INFINITY) => {
      let calls = 0;
      const dying: Interception = (operation, send, input) =>
        parked(
          operation,
          () => {
            calls += 1;
            return calls > callsToLive ? Promise.reject(new Error('killed')) : send();
          },
          input,
        );
      const deps = { ...dependenciesOn(stores.intercepted(chronicle.witness(dying))), known };
      return { deps, api: apiOn(stores, deps) };
    };
    const steady = process();
    const told = (name: string, { status, body }: Awaited<ReturnType<Api>>): string => {
      const answer = status < 400 ? 'done' : body.code;
      answers.push(`${name}: ${answer}`);
      const verb = name.split(' ').at(-1) as string;
      if (!ALLOWED[verb]?.includes(answer)) fault(`${name} answered ${status} ${answer} ${body?.detail}`);
      return answer;
    };

    const late: (() => Promise<unknown>)[] = [];
    let busy = 2;
    const joinsFirst = seed % 4 === 0;
    // Two saves need long waits, and nothing but binds and unbinds.
    const savesOnly = seed % 4 === 1;
    const patience = savesOnly ? 100 : 30;
    const executors = ['a', 'b'].map((name) => {
      const id = `executor://writers/${name}${seed}`;
      const path = `/elements/executor/writers/${name}${seed}`;
      const isDoomed = random() < 0.2;
      const { api } = isDoomed ? process(6 + Math.floor(random() * 30)) : steady;
      const plan = PLANS[savesOnly ? 0 : Math.floor(random() * PLANS.length)] as readonly string[];
      const engine = (which: string) =>
        new WritingEngine({
          name: which,
          api: () => steady.api,
          path: `${path}/volumes/written/v${seed}`,
          chronicle,
          random,
          late: (again) => void late.push(again),
        });
      const engines = [engine('engine-1'), ...(random() < 0.4 ? [engine('engine-2')] : [])];
      const attempt = async (verb: string, asked: Api = api): Promise<string> => {
        const { status, body } = await asked('POST /compositions', { executorId: id });
        if (status >= 400) return 'killed';
        if (verb === 'compose') {
          const members = [{ id: volumeId, mount: { path: '/data' } }];
          const all = { executorId: id, members, bind: true, handle: body.handle };
          const made = await asked('POST /compositions', all);
          return made.status === 500 && isDoomed ? 'killed' : told(`${name} compose`, made);
        }
        const more =
          verb === 'discard' ? { discard: true } : verb === 'join' ? { mount: { path: '/data' } } : {};
        const said = { id: volumeId, ...more };
        const path_ = verb === 'discard' ? 'unbind' : verb;
        const answer = await asked(`POST /compositions/${body.handle}/${path_}`, said);
        if (answer.status === 500 && isDoomed) return 'killed';
        return told(`${name} ${verb}`, answer);
      };
      // The first executor joins and binds in one call, or in two.
      const first = seed % 8 === 0 ? ['compose', ...plan.slice(1)] : ['join', ...plan];
      const act = async (): Promise<void> => {
        for (const verb of joinsFirst ? first : plan) {
          let answer = await attempt(verb);
          // A caller that leaves retries until the volume is saved.
          for (let tries = 0; verb === 'leave' && answer === 'volume-attached' && tries < 20; tries += 1) {
            for (let steps = 0; steps < 10; steps += 1) await park('waits', () => Promise.resolve());
            answer = await attempt(verb);
          }
          if (answer === 'killed') break;
          // The next operation follows at once, or after the engine had time for many steps.
          for (let steps = random() < 0.3 ? 1 : patience * random(); steps > 0; steps -= 1)
            await park('waits', () => Promise.resolve());
        }
        busy -= 1;
      };
      return { name, id, path, engines, attempt, act };
    });

    const { api } = steady;
    for (const id of [volumeId, ...executors.map(({ id }) => id)]) await api('POST /elements', { id });
    if (!joinsFirst) for (const { attempt } of executors) expect(await attempt('join', api)).toBe('done');
    answers.length = 0;

    const { deps } = steady;
    const verify = async (): Promise<void> => {
      const attempt = (await deps.elements.get(volumeId))?.upload?.verification?.attempt;
      if (attempt !== undefined) await park('verifies', () => Promise.resolve());
      if (attempt !== undefined) await verifyUpload(deps, volumeId, attempt);
    };
    const sweep = async (): Promise<void> => {
      const record = await deps.elements.get(volumeId);
      if (!record || !outlivesUpload(record)) return;
      const location = await known.get('written');
      await expireUpload(deps, record, { location, caller: aCaller('taskport:sweeper') }).catch((error) => {
        if (error.code !== 'revision-mismatch' && error.code !== 'not-found') fault(`sweeper: ${error}`);
      });
    };
    const often = (act: () => Promise<unknown>, times: number) => async (): Promise<void> => {
      for (let turn = 0; turn < times; turn += 1) {
        await act();
        await park('waits', () => Promise.resolve());
      }
    };
    /** Repeats while executors have work to do, and a little longer. */
    const always = (act: () => Promise<unknown>) => async (): Promise<void> => {
      while (busy > 0) await often(act, 1)();
      await often(act, 2)();
    };
    const replace = async (): Promise<void> => {
      const bytes = await chronicle.archiveOf(['replaced']);
      const said = { size: bytes.length, checksum: digest('sha256', bytes) };
      const begun = await api(`POST ${volumePath}/data/upload`, said);
      if (told('replace', begun) !== 'done' || !begun.body.upload) return;
      await park('sends', () => sendAll(begun.body.upload.requests, bytes));
      told('replace', await api(`POST ${volumePath}/data/complete`));
    };
    const child = `${volumeId}.c`;
    const others: Readonly<Record<string, () => Promise<unknown>>> = {
      create: async () => told('create', await api('POST /elements', { id: child, parentId: volumeId })),
      delete: often(async () => told('delete', await api(`DELETE ${volumePath}`)), 4),
      release: always(async () => {
        if (random() < 0.2) told('release', await api(`DELETE ${volumePath}/attachment`));
      }),
      replace: often(replace, 12),
      sweep: often(sweep, 3),
    };
    // A delete meets a join only if the executors have yet to join.
    const chosen = Object.entries(others).filter(
      ([name]) => random() < 0.35 || (name === 'delete' && seed % 8 === 4),
    );
    await interleaver.run<unknown>({
      ...Object.fromEntries(executors.map(({ name, act }) => [name, act])),
      ...Object.fromEntries(
        executors.flatMap(({ name, engines }) =>
          engines.map((engine, at) => [`engine ${name}${at}`, always(() => engine.turn())]),
        ),
      ),
      verify: always(verify),
      late: always(async () => late.splice(Math.floor(random() * late.length), 1)[0]?.()),
      ...Object.fromEntries(chosen),
    });
    while (late.length > 0) await late.pop()?.();

    // After all actors have finished, everything comes to an end.
    await stores.table.remove(guardKey(volumeId));
    for (const { attempt } of executors) await attempt('unbind', api);
    for (let turn = 0; turn < 20 && (await stores.elements.attachmentOf(volumeId)); turn += 1) {
      for (const { engines } of executors) for (const engine of engines) await engine.turn();
      await verify();
    }
    while (late.length > 0) await late.pop()?.();
    if (await stores.elements.attachmentOf(volumeId)) fault('it is never saved');

    const { ends, created } = chronicle;
    const volume = await stores.elements.get(volumeId);
    const lines = chronicle.linesOf(volume?.attributes.checksum);
    const copies = executors.flatMap(({ engines }) =>
      engines.flatMap((engine) => [...engine.copies.values()]),
    );
    for (const { attachment, lines: written, from } of copies) {
      const own = written.slice(from.length);
      const { outcome = 'nothing' } = ends.get(attachment) ?? {};
      const isKept =
        volume === undefined || lines.includes('replaced') || own.every((line) => lines.includes(line));
      if (own.length > 0 && !['saved', 'discarded', 'released'].includes(outcome))
        fault(`what was written came to ${outcome}`);
      if (outcome === 'saved' && !isKept) fault(`${own} is lost: ${lines}`);
      if (outcome !== 'saved' && own.some((line) => lines.includes(line)))
        fault(`${own} is there though ${outcome}`);
    }
    const born = created.get(child);
    const changed = [...ends.values()].filter(
      ({ outcome, at }) => outcome === 'saved' && born !== undefined && at > born,
    );
    if (changed.length > 0) fault('the data of a parent was changed');
    return {
      seed,
      trace: interleaver.trace,
      answers,
      ends: [...ends.values()].map(({ outcome }) => outcome),
    };
  };

  const count = (holds: (run: Run) => boolean): number => runs.filter(holds).length;
  const ended = (outcome: string) => count(({ ends }) => ends.includes(outcome));
  const said = (answer: string) => count(({ answers }) => answers.includes(answer));
  const ends = () => ({
    'what was written is saved': ended('saved'),
    'nothing was written': ended('unchanged'),
    'it is discarded': ended('discarded'),
    'it is released': ended('released'),
    'one composes with it at once': said('a compose: done'),
    'two are saved': count(({ ends }) => ends.filter((one) => one === 'saved').length > 1),
    'another has it': said('b bind: volume-attached'),
    'it has a child': said('a bind: in-use'),
    'a child meets who writes': said('create: volume-attached'),
    'a child is created': said('create: done'),
    'its data is to be replaced by hand': said('replace: done'),
    'it is deleted': said('delete: done'),
  });
  const missing = () => missingEnds(ends());

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    known = knownForGood(stores);
    const api = apiOn(stores, { ...dependenciesOn(stores), known });
    for (const place of [
      { name: 'written', kind: 'volume' },
      { name: 'writers', kind: 'executor' },
    ]) {
      await api('POST /locations', place);
      await api(`GET /elements/${place.kind}/${place.name}/none`);
    }
    await explore(run, { into: runs, usual: 12, lanes: 8, missing, wrong });
  }, 900_000);

  it('lose only discarded writes, and keep no discarded ones', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('leave no orphaned rows', async () => {
    while (Object.keys(await stores.sweep(MUCH_LATER)).length > 0);
    await stores.expire(MUCH_LATER);
    expect(faultsIn(await stores.rows())).toEqual([]);
  });

  it.runIf(SEED === undefined)('reach every possible outcome', () => {
    console.info(`${runs.length} interleavings of volumes that are written`, ends());
    expect(missing()).toEqual([]);
  });
});
