import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import type { Asked, AskedExecutor } from '../../../lib/execution/asked.ts';
import { type Action, decide, type Known } from '../../../lib/execution/decision.ts';

const SINCE = '2026-01-31T12:00:00.000Z';
const EARLIER = '2026-01-01T12:00:00.000Z';
const attemptOf = (task: number, attempt: number) => ({
  executorId: 'executor://boxes/box',
  taskId: `task://jobs/t-${task}`,
  attempt,
});
const asks = (
  task: number,
  more: Partial<Asked> & { readonly attempt?: never } = {},
  attempt = 1,
): Asked => ({
  isFirst: task === 0,
  isToRun: true,
  isLost: false,
  healthCheck: undefined,
  ...more,
  attempt: attemptOf(task, attempt),
});
const runs = (task: number, attempt = 1, more: Partial<Known> = {}): Known => ({
  attempt: attemptOf(task, attempt),
  since: SINCE,
  isStarted: true,
  interrupts: 0,
  ...more,
});
const asked = (...tasks: Asked[]): Pick<AskedExecutor, 'since' | 'tasks' | 'storage'> => ({
  since: SINCE,
  tasks,
  storage: ['image://library/base'],
});
const none = new Map<string, number>();

/** In short form: `start 0/1`, `stop 0/1`; releases are checked separately. */
const told = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) => {
    if (action.do === 'release') return [];
    const { taskId, attempt } = 'task' in action ? action.task.attempt : action.attempt;
    return `${action.do} ${taskId.replace('task://jobs/t-', '')}/${attempt}`;
  });
const decided = (tasks: Asked[], known: Known[] = [], ended = none): string[] =>
  told(decide(asked(...tasks), known, ended));

describe('a requested attempt', () => {
  it('starts if it is unknown, and is kept if it is known', () => {
    expect(decided([asks(0), asks(1)])).toEqual(['start 0/1', 'start 1/1']);
    expect(decided([asks(0), asks(1)], [runs(0)])).toEqual(['keep 0/1', 'start 1/1']);
  });
  it('is not started again after it has ended here, for any outdated composition', () => {
    const ended = new Map([['task://jobs/t-0', 2]]);
    expect(decided([asks(0, {}, 2)], [], ended)).toEqual([]);
    expect(decided([asks(0, { isLost: true }, 2)], [], ended)).toEqual([]);
    expect(decided([asks(0, {}, 3)], [], ended)).toEqual(['start 0/3']);
  });
  it('is lost if it is reported as running and nothing runs', () => {
    expect(decided([asks(0, { isLost: true })])).toEqual(['lose 0/1']);
  });
  it('waits for an attempt of the same task that is about to end', () => {
    expect(decided([asks(0), asks(1, {}, 2)], [runs(0), runs(1, 1)])).toEqual(['keep 0/1', 'stop 1/1']);
    expect(decided([asks(0), asks(1, {}, 2)], [runs(0)])).toEqual(['keep 0/1', 'start 1/2']);
  });
  it('waits for all other attempts if it is the first task; others do not', () => {
    expect(decided([asks(0, {}, 2), asks(1, {}, 2)], [runs(2)])).toEqual(['stop 2/1', 'start 1/2']);
  });
});

describe('an attempt that is no longer requested', () => {
  it('is stopped: without a composition, halted, or of another composition', () => {
    expect(told(decide(undefined, [runs(0)], none))).toEqual(['stop 0/1']);
    expect(decided([asks(0, { isToRun: false })], [runs(0)])).toEqual(['stop 0/1']);
    expect(decided([asks(0)], [runs(0, 1, { since: EARLIER })])).toEqual(['stop 0/1']);
    expect(decided([asks(0)], [runs(0, 1, { since: undefined })])).toEqual(['keep 0/1']);
  });
});

describe('a signal', () => {
  const interrupt = { signal: 'HUP', count: 2 };
  it('is sent as soon as possible, once', () => {
    expect(decided([asks(0, { interrupt })], [runs(0, 1, { interrupts: 1 })])).toEqual([
      'keep 0/1',
      'interrupt 0/1',
    ]);
    expect(decided([asks(0, { interrupt })], [runs(0, 1, { interrupts: 2 })])).toEqual(['keep 0/1']);
    expect(decided([asks(0, { interrupt })], [runs(0, 1, { isStarted: false })])).toEqual(['keep 0/1']);
  });
});

it('releases storage that left, and all storage of an executor without a composition', () => {
  expect(decide(asked(), [], none)).toEqual([{ do: 'release', kept: ['image://library/base'] }]);
  expect(decide(undefined, [], none)).toEqual([{ do: 'release', kept: [] }]);
});

it('becomes stable: after its actions, nothing remains to do', () => {
  const task = fc.record({
    isToRun: fc.boolean(),
    isLost: fc.boolean(),
    attempt: fc.integer({ min: 1, max: 3 }),
    interrupt: fc.option(fc.record({ signal: fc.constant('HUP'), count: fc.nat(3) }), { nil: undefined }),
  });
  const known = fc.record({
    attempt: fc.integer({ min: 1, max: 3 }),
    since: fc.constantFrom(SINCE, EARLIER, undefined),
    interrupts: fc.nat(3),
    isStarted: fc.boolean(),
  });
  const both = fc.array(fc.record({ task, known: fc.option(known, { nil: undefined }) }), { maxLength: 4 });
  fc.assert(
    fc.property(both, (all) => {
      const tasks = all.map(({ task: { attempt, interrupt, ...more } }, at) =>
        asks(at, { ...more, ...defined({ interrupt }) }, attempt),
      );
      let now = all.flatMap(({ known: one }, at) =>
        one ? [runs(at, one.attempt, one && { ...one, attempt: attemptOf(at, one.attempt) })] : [],
      );
      const ended = new Map<string, number>();
      for (let round = 0; round < 4; round += 1) {
        for (const action of decide(asked(...tasks), now, ended)) {
          if (action.do === 'release') continue;
          const { taskId, attempt } = 'task' in action ? action.task.attempt : action.attempt;
          const isThis = (one: Known) => one.attempt.taskId === taskId && one.attempt.attempt === attempt;
          if (action.do === 'stop') now = now.filter((one) => !isThis(one));
          if (action.do === 'lose') ended.set(taskId, attempt);
          if (action.do === 'interrupt')
            now = now.map((one) => (isThis(one) ? { ...one, interrupts: action.interrupt.count } : one));
          if (action.do === 'start') {
            expect(now.some((one) => one.attempt.taskId === taskId)).toBe(false);
            now.push({ attempt: action.task.attempt, since: SINCE, isStarted: true, interrupts: 0 });
          }
        }
      }
      const rest = told(decide(asked(...tasks), now, ended)).filter((one) => !one.startsWith('keep'));
      expect(rest).toEqual([]);
      for (const one of tasks) {
        const isThere = now.some(({ attempt }) => attempt.taskId === one.attempt.taskId);
        expect(isThere || !one.isToRun || ended.has(one.attempt.taskId)).toBe(true);
      }
    }),
  );
});
