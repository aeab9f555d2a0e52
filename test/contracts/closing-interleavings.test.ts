import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { goOnClosing } from '../../lib/adapters/dynamodb/closings.ts';
import { parseHandle } from '../../lib/composition/handle.ts';
import { superviseTask } from '../../lib/composition/supervise-task.ts';
import { verifyUpload } from '../../lib/element/upload/verify-upload.ts';
import { claimRunner, fenceRunner } from '../../lib/location/runners.ts';
import { MUCH_LATER } from '../uploading.ts';
import { type Api, apiOn, dependenciesOn } from './api.ts';
import { ClosingWitness, Machine } from './closing-world.ts';
import { furnish, knownForGood, openPlaces, siteOf } from './composition-world.ts';
import { explore, missingEnds, SEED } from './histories.ts';
import { Interleaver, park, seeded } from './interleaver.ts';
import { mortal, parking } from './parked-calls.ts';
import { aCaller } from './records.ts';
import { faultsIn } from './references-in-table.ts';
import { Chronicle, WritingEngine } from './saving-world.ts';
import { openStores, type Stores } from './stores.ts';

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (await import('./interleaver.ts')).parkedSleep,
}));

/** The permitted answers of each operation, for any interleaving. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  close: ['over', 'waits', 'stale-handle', 'in-use', 'unavailable'],
  join: ['done', 'already-joined', 'invalid-state', 'stale-handle', 'not-found', 'unavailable'],
  compose: ['done', 'already-joined', 'invalid-state', 'stale-handle', 'not-found', 'unavailable'],
  bind: ['done', 'invalid-state', 'stale-handle', 'already-bound', 'not-joined', 'unavailable'],
  unbind: ['done', 'invalid-state', 'stale-handle', 'unavailable'],
  leave: ['done', 'invalid-state', 'stale-handle', 'not-joined', 'already-bound', 'in-use', 'unavailable'],
  interrupt: ['done', 'invalid-state', 'stale-handle', 'not-joined', 'not-bound', 'unavailable'],
  delete: ['done', 'in-use', 'volume-attached', 'not-found', 'unavailable'],
  create: ['done', 'name-collision', 'unknown-parent', 'unavailable'],
  release: ['done', 'in-use', 'not-found'],
};

interface Run {
  readonly executorId: string;
  readonly trace: readonly string[];
  readonly answers: readonly string[];
  readonly witness: ClosingWitness;
  /** The handles of a caller who closed the composition. */
  readonly handles: readonly string[];
  readonly fault: (what: string) => void;
}

describe('compositions that are closed while storage calls interleave at random', {
  timeout: 900_000,
}, () => {
  let stores: Stores;
  let known: ReturnType<typeof knownForGood>;
  const runs: Run[] = [];
  const wrong: string[] = [];

  const run = async (seed: number): Promise<Run> => {
    const random = seeded(~seed);
    const oneOf = <T>(...all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    const isDying = seed % 5 === 0;
    const isWritten = seed % 2 === 0;
    const interleaver = new Interleaver(seed, { inBursts: seed % 3 > 0 });
    const { trace } = interleaver;
    const answers: string[] = [];
    const fault = (what: string) => wrong.push(`seed ${seed}: ${what}\n${[...answers, ...trace].join('\n')}`);
    const place = isDying ? `machine-${seed}` : 'hosts';
    if (isDying) await apiOn(stores)('POST /locations', { name: place, kind: 'executor' });
    const executorId = `executor://${place}/s${seed}.E1`;
    const witness = new ClosingWitness(executorId, fault);
    const chronicle = new Chronicle();
    const parked = parking({ together: true });
    /** A process, which may die at one of its calls. */
    const processOf = (callsToLive?: number) => {
      const own = stores.intercepted(witness.beside(chronicle.witness(mortal(parked, callsToLive))));
      const deps = { ...dependenciesOn(own), known };
      return { deps, api: apiOn(stores, deps), table: own.table };
    };

    const steady = processOf();
    const { api, deps } = steady;
    const site = siteOf(api, `s${seed}`);
    const [root, volume, scratch, log, spare, task] = ['I1', 'V1', 'V2', 'L1', 'L2', 'T1'].map((name) =>
      site.idOf(name),
    ) as [string, string, string, string, string, string];
    await furnish(stores, site, ['I1', 'V1', 'V2', 'L1', 'L2', 'T1']);
    const members = [
      { id: root, mount: { path: '/' } },
      ...(isWritten ? [{ id: volume, mount: { path: '/data' } }] : []),
      { id: scratch, mount: { path: '/scratch', persistent: false } },
      { id: log },
      oneOf({ id: task }, { task: { name: 'main' } }),
    ];
    if (isDying)
      await claimRunner(deps, aCaller('local'), place, { engine: 'engine', runner: 'one', epoch: 0 });
    const made = await api('POST /compositions', { executorId, executor: {}, members, bind: true });
    expect(made).toMatchObject({ status: 201 });
    const taskId = made.body.composition.members.at(-1).id;

    const told = (who: string, { status, body }: Awaited<ReturnType<Api>>): string => {
      const verb = who.split(' ').at(-1) as string;
      const ok = verb === 'close' ? (status === 202 ? 'waits' : 'over') : 'done';
      const answer = status < 400 ? ok : body.code;
      answers.push(`${who}: ${answer}`);
      if (!ALLOWED[verb]?.includes(answer)) fault(`${who} answered ${status} ${answer} ${body?.detail}`);
      return answer;
    };
    const pause = async (most: number): Promise<void> => {
      for (let steps = most * random(); steps > 0; steps -= 1) await park('waits', () => Promise.resolve());
    };
    const late: (() => Promise<unknown>)[] = [];
    const handles: string[] = [];
    const open = async (asked = api): Promise<string | undefined> =>
      (await asked('POST /compositions', { executorId })).body?.handle;

    const closer = (name: string) => {
      const isDoomed = random() < 0.2;
      const own = isDoomed ? processOf(2 + Math.floor(random() * 14)) : steady;
      const executor = oneOf('delete', 'delete', 'keep');
      const discard = random() < 0.3;
      return async (): Promise<void> => {
        const handle = name === 'first' ? made.body.handle : await open(own.api);
        if (!handle) return;
        const ask = () => own.api(`DELETE /compositions/${handle}?executor=${executor}&discard=${discard}`);
        if (discard) witness.asked.add('discard');
        if (random() < 0.3) late.push(ask);
        for (let asks = 0; asks < 4; asks += 1) {
          const closed = await ask();
          if (closed.status === 500 && isDoomed) return;
          const answer = told(`${name} close`, closed);
          const { nonce } = parseHandle(deps.deployment, handle);
          if (answer === 'over' && witness.present?.nonce === nonce) fault('it is over, and goes on');
          if (answer === 'waits') handles.push(handle);
          const { members: left = [] } = closed.body?.composition ?? {};
          if (answer === 'waits' && discard && left.some(({ saving }: { saving?: object }) => saving))
            fault('what was given up is still to be saved');
          if (answer === 'waits' && closed.body.handle !== handle) fault('it has another handle');
          if (answer !== 'waits' && answer !== 'unavailable') return;
          await pause(20);
        }
      };
    };
    const verbs: Readonly<Record<string, () => object>> = {
      join: () => ({ id: spare }),
      bind: () => ({}),
      unbind: () => ({ discard: false }),
      leave: () => ({ id: oneOf(log, scratch, taskId) }),
      interrupt: () => ({ id: taskId, signal: 'TERM' }),
    };
    const composer = async (): Promise<void> => {
      for (let turn = 0; turn < 2; turn += 1) {
        await pause(20);
        const handle = await open();
        const verb = oneOf(...Object.keys(verbs), 'compose');
        const body = verbs[verb]?.();
        if (verb === 'compose')
          told(
            'compose',
            await api('POST /compositions', { executorId, executor: {}, members: [{ id: spare }], handle }),
          );
        else if (handle) told(verb, await api(`POST /compositions/${handle}/${verb}`, body));
      }
    };
    const deleter = async (): Promise<void> => {
      await pause(40);
      const id = oneOf(root, volume, scratch, log, task, executorId);
      if (id === executorId) witness.asked.add('executor');
      told('delete', await api(`DELETE /elements/${id.replace('://', '/')}`));
      if (id === scratch) told('create', await api('POST /elements', { id }));
    };
    const child = `${executorId}.c`;
    const parent = async (): Promise<void> => {
      await pause(30);
      const created = told('child create', await api('POST /elements', { id: child, parentId: executorId }));
      await pause(20);
      if (created === 'done')
        told('child delete', await api(`DELETE /elements/${child.replace('://', '/')}`));
    };

    let busy = 0;
    const counted = (act: () => Promise<unknown>) => async (): Promise<void> => {
      busy += 1;
      await act();
      busy -= 1;
    };
    /** Repeats while other actors have work to do. */
    const always = (act: () => Promise<unknown>) => async (): Promise<void> => {
      do {
        await act();
        await park('waits', () => Promise.resolve());
      } while (busy > 0);
    };
    const hears = (again: () => Promise<unknown>) => void late.push(again);
    const read = async () => witness.present;
    const machine = new Machine({ api: () => api, executorId, read, random, late: hears });
    const path = `/elements/${executorId.replace('://', '/')}/volumes/${volume.slice('volume://'.length)}`;
    const engine = new WritingEngine({
      name: 'engine',
      api: () => api,
      path,
      chronicle,
      random,
      late: hears,
    });
    const supervise = async (): Promise<void> => {
      const id = witness.due.shift();
      // One in five requests is lost.
      if (id === undefined || random() < 0.2) return;
      const close = (of: string) => goOnClosing(steady.table, Date.now, of);
      await superviseTask({ ...deps, close, wakeUps: { set: async () => {} } }, executorId, id).catch(
        (error) => {
          if (error.code !== 'unavailable') fault(`supervision: ${error}`);
        },
      );
    };
    const sweep = async (): Promise<void> => {
      await pause(60);
      await goOnClosing(steady.table, Date.now, executorId).catch((error) => {
        if (error.code !== 'unavailable') fault(`sweeper: ${error}`);
      });
    };
    const verify = async (): Promise<void> => {
      const attempt = (await deps.elements.get(volume))?.upload?.verification?.attempt;
      if (attempt !== undefined) await verifyUpload(deps, volume, attempt);
    };
    const save = async (): Promise<void> => {
      if (!machine.isDead && (await engine.turn()).startsWith('completes')) await verify();
    };
    const fence = async (): Promise<void> => {
      machine.isDead = true;
      if (witness.isFenced) return;
      witness.isFenced = true;
      const ahead = { ...deps, now: () => Date.now() + 2_000_000 };
      await fenceRunner(ahead, aCaller('local'), place);
    };
    const dies = async (): Promise<void> => {
      await pause(10);
      machine.isDead = true;
      await pause(60);
      await fence();
    };
    // The task runs before its machine dies.
    for (let turn = 0; isDying && turn < 2; turn += 1) await machine.turn();
    const others = { second: closer('second'), composer, deleter, parent, sweeper: sweep };
    const chosen = Object.entries(others).filter(() => random() < 0.4);
    await interleaver.run<unknown>({
      first: counted(closer('first')),
      ...Object.fromEntries(chosen.map(([name, act]) => [name, counted(act)])),
      machine: always(() => machine.turn()),
      supervisor: always(supervise),
      late: always(async () => late.splice(Math.floor(random() * late.length), 1)[0]?.()),
      ...(isWritten && { engine: always(save) }),
      ...(isDying && { dies }),
    });

    // After all other actors have finished, the sweeper alone completes the rest.
    while (late.length > 0) await late.pop()?.();
    if (isDying) await fence();
    else await machine.turn(true);
    await api(`DELETE /elements/${child.replace('://', '/')}`);
    const isSaving = () => witness.present?.members.some(({ saving }) => saving !== undefined);
    for (let turn = 0; turn < 10 && isSaving(); turn += 1) {
      if (isDying) told('release', await api(`DELETE /elements/${volume.replace('://', '/')}/attachment`));
      else await engine.turn();
      await verify();
    }
    while (late.length > 0) await late.pop()?.();

    const lines = chronicle.linesOf((await stores.elements.get(volume))?.attributes.checksum);
    const isThere = (await stores.elements.get(volume)) !== undefined;
    for (const { attachment, from, lines: written } of engine.copies.values()) {
      const own = written.slice(from.length);
      if (own.length === 0 || witness.present?.members.some((member) => member.attachment === attachment))
        continue;
      const { outcome = 'nothing' } = chronicle.ends.get(attachment) ?? {};
      const isMeant =
        outcome === 'saved' ||
        (outcome === 'discarded' && witness.asked.has('discard')) ||
        (outcome === 'released' && isDying);
      if (!isMeant) fault(`what was written came to ${outcome}`);
      if (outcome === 'saved' && isThere && !own.every((line) => lines.includes(line)))
        fault(`${own} is lost: ${lines}`);
    }
    return { executorId, trace, answers, witness, handles, fault };
  };

  const said = (answer: string) => runs.filter(({ answers }) => answers.includes(answer)).length;
  const came = (holds: (witness: ClosingWitness) => boolean) =>
    runs.filter(({ witness }) => holds(witness)).length;
  const ends = () => ({
    'it is over at once': said('first close: over'),
    'it waits': said('first close: waits'),
    'another closes it first': said('first close: stale-handle'),
    'two close it': said('second close: waits'),
    'its executor has a child': said('first close: in-use'),
    'a child comes meanwhile': runs.filter(
      ({ answers }) => answers.includes('child create: done') && answers.includes('first close: waits'),
    ).length,
    'it is closing when something joins': said('join: invalid-state'),
    'it is closing when it is bound': said('bind: invalid-state'),
    'it is closing when something leaves': said('leave: invalid-state'),
    'another takes its name': came(({ lives }) => lives > 1),
    'the executor stays': came(({ present }) => present?.members.length === 0),
    'the executor is gone': came(({ present }) => present === undefined),
    'its task is lost': came(({ isLost }) => isLost),
    'a member is deleted once it has left': said('delete: done'),
    'a member is deleted too early': said('delete: in-use'),
  });
  const missing = () => missingEnds(ends());

  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    known = knownForGood(stores);
    await openPlaces(apiOn(stores, { ...dependenciesOn(stores), known }));
    await explore(run, { into: runs, usual: 16, lanes: 8, missing, wrong });
  }, 900_000);

  it('lose nothing, accept no member, and delete no more than requested', () => {
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it('are completed by the sweeper alone, leave no row, and their handles become invalid', async () => {
    // The guards of dead processes have expired by then.
    await stores.expire(MUCH_LATER);
    while (Object.keys(await stores.sweep(MUCH_LATER)).length > 0);
    await stores.expire(MUCH_LATER);
    expect(faultsIn(await stores.rows())).toEqual([]);
    const api = apiOn(stores, { ...dependenciesOn(stores), known });
    for (const { executorId, handles, fault } of runs) {
      if ((await stores.compositions.get(executorId))?.closing) fault('it never ends');
      for (const handle of new Set(handles)) {
        const { body } = await api(`DELETE /compositions/${handle}`);
        if (body?.code !== 'stale-handle') fault(`its handle is answered ${body?.code}`);
      }
    }
    expect(wrong.slice(0, 1)).toEqual([]);
  });

  it.runIf(SEED === undefined)('reach every possible outcome', () => {
    console.info(`${runs.length} interleavings of a closing`, ends());
    expect(missing()).toEqual([]);
  });
});
