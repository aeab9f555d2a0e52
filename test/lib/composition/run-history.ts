/** The task of a composition, with actions of users, a runner and supervision. */
import { expect } from 'vitest';
import { bindMembers } from '../../../lib/composition/bind.ts';
import {
  type Composition,
  type CompositionChange,
  nextComposition,
  type Run,
  type TaskMember,
  withTask,
} from '../../../lib/composition/composition.ts';
import type { Reason } from '../../../lib/composition/reason.ts';
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

export const START = Date.parse('2026-01-31T12:00:00.000Z');
const ID = 'task://jobs/a';
export const isoOf = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** One transaction on the present composition. */
export type Step =
  | { readonly do: 'bind' | 'unbind' | 'supervise' | 'anew' }
  | { readonly do: 'signal'; readonly signal: string }
  | { readonly do: 'wait'; readonly seconds: number }
  /** A report on an attempt, this many before the present one, of this composition or the one before. */
  | {
      readonly do: 'report';
      readonly said: Partial<ReportRequest> & Pick<ReportRequest, 'state'>;
      readonly back: number;
      readonly life: 'this' | 'former' | 'unknown';
    };

/** A composition of one task, and the fate of each attempt. */
export class History {
  readonly #spec: TaskSpec;
  composition: Composition;
  seconds = 0;
  #lives: string[] = [];
  /** The requests to an attempt before its end. */
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
    // An end of an earlier composition or attempt never counts for the present one.
    expect([life === 'former' && since !== undefined, attempt < before.attempt]).toEqual([false, false]);
    if (!effect) return;
    this.kept.push(effect.report.report);
    this.#become(effect.change);
    if (report.state !== 'running') this.#judge(before, undefined, report);
  }

  /** Whether the reason is the requested one, if there was a request. */
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
    // The event of an end agrees with the state right after it.
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
