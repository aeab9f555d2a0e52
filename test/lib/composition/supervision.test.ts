import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../../lib/composition/composition.ts';
import { nextAttempt, supervise } from '../../../lib/composition/supervision.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';

const START = Date.parse('2026-01-31T12:00:00.000Z');
const after = (seconds: number): number => START + seconds * 1000;
const time = (seconds: number): string => new Date(after(seconds)).toISOString();

const bound = (more: Partial<Run> = {}): Run => ({ state: 'bound', attempt: 1, boundAt: time(0), ...more });
const running = (more: Partial<Run> = {}): Run => ({
  ...bound(),
  state: 'running',
  runningSince: time(0),
  heardAt: time(0),
  ...more,
});
const exited = (exitCode: number, more: Partial<Run> = {}): Run => ({
  ...running(),
  state: 'exited',
  exitCode,
  heardAt: time(10),
  ...more,
});
const failed = (more: Partial<Run> = {}): Run => ({
  ...bound(),
  state: 'failed',
  launchError: 'no such file',
  heardAt: time(10),
  ...more,
});

const restart = (policy: NonNullable<TaskSpec['restart']>): TaskSpec => ({ restart: policy });
const RESTART = { action: { do: 'restart' } };
/** Long after any delay, and before any default deadline. */
const LATER = after(1_000_000);

describe('whether a task restarts', () => {
  it.each<[string, TaskSpec, Run, boolean]>([
    ['never, where nothing is said', {}, exited(1), false],
    ['never after success on failure', restart({ mode: 'on-failure' }), exited(0), false],
    ['after a failure on failure', restart({ mode: 'on-failure' }), exited(1), true],
    [
      'after a signal on failure',
      restart({ mode: 'on-failure' }),
      { ...exited(0), exitCode: undefined, exitSignal: 'KILL' } as unknown as Run,
      true,
    ],
    ['after a launch that failed on failure', restart({ mode: 'on-failure' }), failed(), true],
    [
      'after bad health on failure, whatever the code',
      restart({ mode: 'on-failure' }),
      exited(0, { unhealthy: true }),
      true,
    ],
    ['after success always', restart({ mode: 'always' }), exited(0), true],
    [
      'never after an ignored code, even always',
      restart({ mode: 'always', ignoredExitCodes: [7] }),
      exited(7),
      false,
    ],
    [
      'never after a code that is not retryable',
      restart({ mode: 'on-failure', retryableExitCodes: [7] }),
      exited(1),
      false,
    ],
    ['after a retryable code', restart({ mode: 'on-failure', retryableExitCodes: [7] }), exited(7), true],
    [
      'after a retryable code that was a signal',
      restart({ mode: 'on-failure', retryableExitCodes: [137] }),
      { ...exited(0), exitCode: undefined, exitSignal: 'KILL' } as unknown as Run,
      true,
    ],
    [
      'never once its attempts are used up',
      restart({ mode: 'always', attempts: 2 }),
      exited(1, { restarts: 2 }),
      false,
    ],
    [
      'while there are attempts left',
      restart({ mode: 'always', attempts: 2 }),
      exited(1, { restarts: 1 }),
      true,
    ],
    [
      'never once a deadline has stopped it',
      restart({ mode: 'always' }),
      exited(1, { halted: 'run-deadline' }),
      false,
    ],
  ])('%s', (_, spec, run, isRestarted) => {
    expect(supervise(spec, run, LATER)).toEqual(isRestarted ? RESTART : {});
  });

  it('waits for its delay, which grows with every restart up to a limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 12 }),
        (delaySeconds, backoff, restarts) => {
          const spec = restart({ mode: 'always', delaySeconds, backoff, maxDelaySeconds: 400 });
          const delay = Math.min(delaySeconds * backoff ** restarts, 400);
          const run = exited(1, { restarts });
          expect(supervise(spec, run, after(10 + delay))).toEqual(RESTART);
          if (delay > 0) expect(supervise(spec, run, after(10))).toEqual({ wakeAt: after(10 + delay) });
        },
      ),
    );
  });

  it.each([0, 1])(
    'waits no longer than the limit, after any number of restarts: a delay of %i s',
    (delaySeconds) => {
      const spec = restart({ mode: 'always', delaySeconds, backoff: 10, maxDelaySeconds: 7 });
      const run = exited(1, { restarts: 10_000 });
      const delay = delaySeconds * 7;
      expect(supervise(spec, run, after(10 + delay))).toEqual(RESTART);
      expect(nextAttempt(spec, run)).toEqual({ nextAttemptAt: time(10 + delay) });
    },
  );
});

describe('a deadline', () => {
  const within = { deadlines: { startSeconds: 5, runSeconds: 60, notAfter: time(100) } } as TaskSpec;

  it('fails a task that was not started in time, and sets an alarm for that', () => {
    expect(supervise(within, bound(), after(4))).toEqual({ wakeAt: after(5) });
    expect(supervise(within, bound(), after(5)).action).toEqual({
      do: 'fail',
      reason: 'start-deadline',
      launchError: 'it was not started within 5 s',
    });
    expect(supervise(within, bound({ boundAt: time(98) }), after(100)).action).toMatchObject({
      do: 'fail',
      reason: 'not-after',
    });
  });

  it('stops a task that runs too long, restarts included', () => {
    expect(supervise(within, running(), after(59))).toEqual({ wakeAt: after(60) });
    expect(supervise(within, running(), after(60))).toEqual({
      action: { do: 'halt', reason: 'run-deadline' },
    });
    const restarted = running({ attempt: 3, restarts: 2, heardAt: time(50) });
    expect(supervise(within, restarted, after(60))).toEqual({
      action: { do: 'halt', reason: 'run-deadline' },
    });
  });

  it('stops a task at the end of its whole time, once', () => {
    const late = running({ runningSince: time(90) });
    expect(supervise(within, late, after(100))).toEqual({ action: { do: 'halt', reason: 'not-after' } });
    expect(supervise(within, { ...late, halted: 'not-after' }, after(200))).toEqual({});
  });

  it('prevents a restart that would happen after it', () => {
    const spec = { ...within, restart: { mode: 'always' as const, delaySeconds: 60 } };
    expect(supervise(spec, exited(1), after(11))).toEqual({});
    const soon = { ...within, restart: { mode: 'always' as const, delaySeconds: 10 } };
    expect(supervise(soon, exited(1), after(20))).toEqual(RESTART);
  });

  it('withdraws an announced restart, if supervision comes too late', () => {
    const soon = { ...within, restart: { mode: 'always' as const, delaySeconds: 10 } };
    const { action } = supervise(soon, exited(1), after(60));
    expect(action).toEqual({ do: 'halt', reason: 'run-deadline' });
    expect(supervise(soon, exited(1, { halted: 'run-deadline' }), after(60))).toEqual({});
  });
});

describe('for any task', () => {
  const spec: fc.Arbitrary<TaskSpec> = fc.record(
    {
      restart: fc.record({
        mode: fc.constantFrom('never' as const, 'on-failure' as const, 'always' as const),
        attempts: fc.nat(3),
        delaySeconds: fc.nat(20),
      }),
      deadlines: fc.record(
        {
          startSeconds: fc.integer({ min: 1, max: 100 }),
          runSeconds: fc.integer({ min: 1, max: 100 }),
          notAfter: fc.integer({ min: 1, max: 100 }).map(time),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const run = fc.oneof(
    fc.constant<Run>({ state: 'created', attempt: 0 }),
    fc.constant(bound()),
    fc.constant(running()),
    fc.integer({ min: 0, max: 2 }).map((code) => exited(code)),
    fc.constant(failed()),
  );

  it('supervision has nothing to do before its alarm, and then acts, or never will', () => {
    fc.assert(
      fc.property(spec, run, fc.integer({ min: 0, max: 150 }), fc.nat(150), (of, is, first, more) => {
        const { action, wakeAt } = supervise(of, is, after(first));
        expect(action !== undefined && wakeAt !== undefined).toBe(false);
        if (wakeAt === undefined) return;
        expect(wakeAt).toBeGreaterThan(after(first));
        const between = Math.min(after(first + more), wakeAt - 1);
        expect(supervise(of, is, between)).toEqual({ wakeAt });
        expect(supervise(of, is, wakeAt).action).toBeDefined();
      }),
    );
  });
});
