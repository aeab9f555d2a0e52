/** Users, a runner and supervision in any order: each step is one transaction on the present composition. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Run } from '../../../lib/composition/composition.ts';
import { reasonOf } from '../../../lib/composition/reason.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';
import { History, isoOf, START, type Step } from './run-history.ts';

const said = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ state: 'running' as const }) },
  fc.record({ state: fc.constant('exited' as const), exitCode: fc.constantFrom(0, 1, 143) }),
  fc.record({ state: fc.constant('exited' as const), exitSignal: fc.constantFrom('KILL', 'TERM') }),
  fc.constant({ state: 'exited' as const, exitSignal: 'KILL', outOfMemory: true as const }),
  fc.constant({ state: 'exited' as const, exitCode: 0, unhealthy: true as const }),
  fc.constant({ state: 'failed' as const, launchError: 'no such file' }),
  fc.constant({ state: 'failed' as const, lost: 'it was removed' }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'bind' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'unbind' }, { do: 'anew' }) },
  { weight: 6, arbitrary: fc.constant<Step>({ do: 'supervise' }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('signal' as const), signal: fc.constantFrom('TERM', 'HUP') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      said,
      back: fc.constantFrom(0, 0, 0, 1),
      life: fc.constantFrom('this' as const, 'this' as const, 'former' as const, 'unknown' as const),
    }),
  },
);
const spec: fc.Arbitrary<TaskSpec> = fc.record({
  restart: fc.record(
    {
      mode: fc.constantFrom('never' as const, 'on-failure' as const, 'always' as const),
      attempts: fc.nat(3),
      delaySeconds: fc.nat(10),
      resetSeconds: fc.integer({ min: 1, max: 30 }),
    },
    { requiredKeys: ['mode'] },
  ),
  deadlines: fc.record(
    {
      startSeconds: fc.integer({ min: 1, max: 30 }),
      runSeconds: fc.integer({ min: 1, max: 60 }),
      notAfter: fc.integer({ min: 1, max: 300 }).map(isoOf),
    },
    { requiredKeys: [] },
  ),
});

const hasEnded = ({ state }: Run): boolean => state === 'exited' || state === 'failed';

it('a run has a reason after its end, and announces the next attempt if and only if it happens', () => {
  fc.assert(
    fc.property(spec, fc.array(step, { minLength: 5, maxLength: 40 }), (taskSpec, steps) => {
      const history = new History(taskSpec);
      for (const one of steps) {
        history.perform(one);
        const { run, shown } = history;
        expect(shown?.reason !== undefined).toBe(hasEnded(run));
        expect(run.reason).toBe(reasonOf(run));
        if (shown?.nextAttemptAt !== undefined) {
          expect([hasEnded(run), history.member.bound, run.halted]).toEqual([true, true, undefined]);
          expect(shown.restartsLeft).not.toBe(0);
        }
        expect(shown?.restartsLeft === undefined || shown.nextAttemptAt !== undefined).toBe(true);
      }
      for (const report of history.kept) expect(report.reason !== undefined).toBe(report.state !== 'running');
      // Without further steps, the announced attempt happens.
      const { shown, run } = history;
      if (!hasEnded(run)) return;
      if (shown?.nextAttemptAt === undefined) {
        for (const seconds of [0, 10, 1_000_000]) {
          history.seconds += seconds;
          expect(history.supervise()).toBeUndefined();
        }
        return;
      }
      const dueAt = (Date.parse(shown.nextAttemptAt) - START) / 1000;
      const isLate = history.seconds > dueAt;
      history.seconds = Math.max(history.seconds, dueAt);
      const done = history.supervise();
      if (isLate && done === 'halt') expect(history.shown?.nextAttemptAt).toBeUndefined();
      else expect(done).toBe('restart');
    }),
    { numRuns: 500 },
  );
});
