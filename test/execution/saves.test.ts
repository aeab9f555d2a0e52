import { expect, it } from 'vitest';
import { saveRequest } from '../../lib/composition/save-request.ts';
import type { AttachmentState, ControlPlane } from '../../lib/execution/control-plane.ts';
import { deferred } from '../../lib/execution/deferred.ts';
import { SaveError } from '../../lib/execution/engine.ts';
import { Saves } from '../../lib/execution/saves.ts';
import { validate } from '../../lib/validation.ts';
import { MemoryEngine, MemoryMachine } from './memory-engine.ts';

const executorId = 'executor://boxes/one';
const asked = { executorId, volumeId: 'volume://data/kept', attachment: 'a', round: 1, engine: 'here' };

/** A volume with writes on a machine, and a service whose answer to the upload is never read. */
const written = (more: Partial<ControlPlane> = {}) => {
  const machine = new MemoryMachine({ step: async () => {}, wait: async () => {} });
  machine.attach(asked, []);
  Object.assign(machine.copies.get('a') ?? {}, { lines: 'x\n' });
  const notes: string[] = [];
  let state: AttachmentState = { state: 'saving', attachment: 'a', round: 1 };
  let sending = (): void => {};
  const sends = new Promise<void>((resolve) => {
    sending = resolve;
  });
  const control: Pick<ControlPlane, 'engine' | 'attachment' | 'send'> = {
    engine: 'here',
    attachment: async () => state,
    send: (_volume, _archive, { abort }) =>
      new Promise((_, fail) => {
        abort.addEventListener('abort', () => fail(abort.reason as Error));
        sending();
      }),
    ...more,
  };
  const saves = new Saves({
    ...{ control: control as ControlPlane, engine: new MemoryEngine(machine) },
    ...{ wait: async () => {}, onNote: (note: string) => notes.push(note) },
  });
  const isOver = (outcome: NonNullable<(AttachmentState & { state: 'over' })['outcome']>): void => {
    state = { state: 'over', outcome };
  };
  return { machine, saves, notes, sends, isOver };
};

const BECAME = {
  saved: 'is saved',
  discarded: 'is discarded',
  released: 'is kept aside',
  unchanged: 'was not',
};

it.each(Object.entries(BECAME))(
  'a runner reports once that a volume is %s, for any order of the answers',
  async (outcome, said) => {
    const { machine, saves, notes, sends, isOver } = written();
    await saves.ask(executorId, [asked]);
    await sends;
    // The composition reports the end before the answer to the upload arrives.
    isOver(outcome as keyof typeof BECAME);
    await saves.ask(executorId, []);
    await saves.conclude(executorId, []);
    await saves.conclude(executorId, []);
    const ends = notes.filter((note) => note.includes(`${executorId} ${said}`) && !note.endsWith('bytes'));
    expect(ends).toHaveLength(1);
    expect(machine.copies.get('a')?.isAside).toBe(outcome === 'released' ? true : undefined);
  },
);

/** The notes of a runner, and the problems that it sends, if a save fails once with this message. */
const failing = async (message: string, refusal?: Error) => {
  const told: unknown[] = [];
  const { saves, notes, isOver } = written({
    send: async () => {
      throw new SaveError('no-room', message);
    },
    tell: async ({ attachment, round, engine }, problem) => {
      isOver('discarded');
      if (refusal) throw refusal;
      validate(saveRequest, { attachment, round, engine, problem });
      told.push(problem);
    },
  });
  await saves.ask(executorId, [asked]);
  await expect.poll(() => notes.join('\n')).toContain('is discarded');
  return { notes, told };
};

it.each([
  ['too long, and has half a character at the cut', `${'a'.repeat(4095)}😀`, 'a'.repeat(4095)],
  ['empty', ' \n', 'the engine gives no reason'],
])('the service gets the problem of a save, also if its message is %s', async (_, message, detail) => {
  expect((await failing(message)).told).toEqual([{ code: 'no-room', detail }]);
});

it('a runner notes that the service refused the problem of a save', async () => {
  const { notes } = await failing('the disk is full', new Error('403 permission-denied'));
  expect(notes).toContainEqual(
    expect.stringMatching(/kept of .*one is not saved yet, .* does not know why: 403 permission-denied/),
  );
});

it('each call that ends a save settles after nothing of it is under way', async () => {
  const [sending, ended] = [deferred<void>(), deferred<void>()];
  const { saves } = written({
    send: () => {
      sending.resolve();
      return ended.promise;
    },
  });
  await saves.ask(executorId, [asked]);
  await sending.promise;
  const settled: number[] = [];
  const calls = [1, 2].map((call) => saves.ask(executorId, []).then(() => void settled.push(call)));
  await new Promise(setImmediate);
  expect(settled).toEqual([]);
  ended.resolve();
  await Promise.all(calls);
});
