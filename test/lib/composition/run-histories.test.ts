/** Users, whoever runs a task, and supervision, in every order: each step is one transaction on the composition as it is then. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bindMembers } from '../../../lib/composition/bind.ts';
import {
  type Composition,
  type CompositionChange,
  nextComposition,
  type Run,
  type TaskMember,
  withTask,
} from '../../../lib/composition/composition.ts';
import { type Reason, reasonOf } from '../../../lib/composition/reason.ts';
import { reportMember } from '../../../lib/composition/report.ts';
import { parseReport, type Report, type ReportRequest } from '../../../lib/composition/report-request.ts';
import { presentComposition } from '../../../lib/composition/representation.ts';
import { superviseMember } from '../../../lib/composition/supervise-member.ts';
import { unbindMembers } from '../../../lib/composition/unbind.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';
import { TaskportError } from '../../../lib/errors.ts';
import type { Change } from '../../../lib/event/change.ts';
import { exited } from '../../../lib/event/composition-events.ts';
import { compositionOf, storageOf, taskOf } from './some-composition.ts';

const START = Date.parse('2026-01-31T12:00:00.000Z');
const ID = 'task://jobs/a';
const isoOf = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

type Step =
  | { readonly do: 'bind' | 'unbind' | 'supervise' | 'anew' }
  | { readonly do: 'signal'; readonly signal: string }
  | { readonly do: 'wait'; readonly seconds: number }
  /** What runs it reports on an attempt, so many before the present one, of this composition or the one before. */
  | {
      readonly do: 'report';
      readonly said: Partial<ReportRequest> & Pick<ReportRequest, 'state'>;
      readonly back: number;
      readonly life: 'this' | 'former' | 'unknown';
    };

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

/** A composition of one task, and what became of each attempt. */
class History {
  readonly #spec: TaskSpec;
  composition: Composition;
  seconds = 0;
  #lives: string[] = [];
  /** What an attempt was asked for before it ended, as somebody saw who looked all the time. */
  #asked = new Set<string>();
  readonly kept: Report[] = [];

  constructor(taskSpec: TaskSpec) {
    this.#spec = taskSpec;
    this.composition = this.#open();
  }

  get member(): TaskMember {
    return this.composition.members.at(-1) as TaskMember;
  }

  get run(): Run {
    return this.member.task.run;
  }

  get shown() {
    const { members } = presentComposition(this.composition, () => true);
    return members.at(-1)?.task;
  }

  perform(one: Step): void {
    try {
      this.#perform(one);
    } catch (error) {
      if (!(error instanceof TaskportError)) throw error;
    }
  }

  #perform(one: Step): void {
    switch (one.do) {
      case 'bind':
        this.#become(bindMembers(this.composition, ID, isoOf(this.seconds), 'somebody')?.change);
        this.#asked.clear();
        return;
      case 'unbind':
        this.#become(unbindMembers(this.composition, ID)?.change);
        this.#asked.add('stop');
        return;
      case 'anew':
        this.seconds += 1;
        this.composition = this.#open();
        return;
      case 'wait':
        this.seconds += one.seconds;
        return;
      case 'signal':
        if (!this.member.bound || this.run.state !== 'running') return;
        this.#become({
          members: withTask(this.composition, this.member, {
            interrupt: { signal: one.signal, count: 1, attempt: this.run.attempt },
          }),
        });
        return;
      case 'supervise':
        this.supervise();
        return;
      case 'report':
        this.#report(one);
        return;
    }
  }

  supervise(): string | undefined {
    const { action, effect, wakeAt } =
      superviseMember(this.composition, ID, START + this.seconds * 1000) ?? {};
    if (wakeAt !== undefined) expect(wakeAt).toBeGreaterThan(START + this.seconds * 1000);
    if (action?.do === 'restart') this.#asked.clear();
    if (action?.do === 'halt' && this.run.state === 'running') this.#asked.add(action.reason);
    const before = this.run;
    this.#become(effect?.change);
    if (action?.do === 'fail') this.#judge(before, action.reason);
    return action?.do;
  }

  #report({ said: what, back, life }: Extract<Step, { readonly do: 'report' }>): void {
    const since = { this: this.#lives.at(-1), former: this.#lives.at(-2), unknown: undefined }[life];
    const attempt = Math.max(1, this.run.attempt - back);
    const report = parseReport({ ...what, attempt, at: isoOf(0), ...(since && { since }) });
    const before = this.run;
    const effect = reportMember(this.composition, ID, report, isoOf(this.seconds));
    // An end of an earlier life, or of an earlier attempt, is never taken for one of the present.
    expect([life === 'former' && since !== undefined, attempt < before.attempt]).toEqual([false, false]);
    if (!effect) return;
    this.kept.push(effect.report.report);
    this.#become(effect.change);
    if (report.state !== 'running') this.#judge(before, undefined, report);
  }

  /** Whether the reason is what was asked for, where anything was. */
  #judge(before: Run, knows: Reason | undefined, said?: ReportRequest): void {
    const { reason } = this.run;
    const halted = [...this.#asked].find((asked) => asked !== 'stop');
    if (knows) expect(reason).toBe(knows);
    else if (said?.state === 'failed') expect(reason).toBe(said.lost === undefined ? 'launch-error' : 'lost');
    else if (halted) expect(reason).toBe(halted);
    else if (this.#asked.has('stop')) expect(reason).toBe('stopped');
    else if (before.attempt > 0 && this.member.task.interrupt === undefined) {
      expect(reason).not.toBe('stopped');
    }
  }

  #become(change: CompositionChange | undefined): void {
    if (!change) return;
    const former = this.composition;
    this.composition = nextComposition(former, change, isoOf(this.seconds), {
      principal: 'p',
      requestId: 'r',
    });
    const imageOf = (composition: Composition) => ({ row: 'composition' as const, composition });
    const told = exited.of({ id: 'c', before: imageOf(former), after: imageOf(this.composition) } as Change);
    // What is told of an end is what is shown right after it.
    for (const { reason, nextAttemptAt, restartsLeft } of told) {
      expect({ reason, nextAttemptAt, restartsLeft }).toEqual({
        reason: this.shown?.reason,
        nextAttemptAt: this.shown?.nextAttemptAt,
        restartsLeft: this.shown?.restartsLeft,
      });
    }
  }

  #open(): Composition {
    const createdAt = isoOf(this.seconds);
    this.#lives.push(createdAt);
    this.#asked.clear();
    const root = storageOf('root', '/', { bound: true });
    return { ...compositionOf(root, taskOf('a', {}, { spec: this.#spec })), createdAt };
  }
}

const hasEnded = ({ state }: Run): boolean => state === 'exited' || state === 'failed';

it('a run has a reason once it has ended, and shows the next attempt if and only if that comes', () => {
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
      // Left to itself from here on, what is shown is what comes.
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
