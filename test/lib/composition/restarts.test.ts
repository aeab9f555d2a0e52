/** Restarts after an end, for every policy and every end: as they are announced, and as they happen. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bindMembers } from '../../../lib/composition/bind.ts';
import {
  type Composition,
  type CompositionChange,
  nextComposition,
  type TaskMember,
} from '../../../lib/composition/composition.ts';
import { reportMember } from '../../../lib/composition/report.ts';
import type { ReportRequest } from '../../../lib/composition/report-request.ts';
import { presentComposition } from '../../../lib/composition/representation.ts';
import { superviseMember } from '../../../lib/composition/supervise-member.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';
import { compositionOf, storageOf, taskOf } from './some-composition.ts';

const START = Date.parse('2026-01-31T12:00:00.000Z');
const isoOf = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const ID = 'task://jobs/a';

type Restart = NonNullable<TaskSpec['restart']>;
const code = fc.nat(3);
const policy: fc.Arbitrary<Restart> = fc.record(
  {
    mode: fc.constantFrom('never' as const, 'on-failure' as const, 'always' as const),
    attempts: fc.nat(3),
    delaySeconds: fc.nat(20),
    backoff: fc.integer({ min: 1, max: 3 }),
    maxDelaySeconds: fc.integer({ min: 20, max: 100 }),
    resetSeconds: fc.integer({ min: 1, max: 60 }),
    ignoredExitCodes: fc.uniqueArray(code, { maxLength: 2 }),
    retryableExitCodes: fc.uniqueArray(code, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['mode'] },
);

/** An end, `ranSeconds` after the report of the start; without them the task never ran. */
interface End {
  readonly ranSeconds?: number;
  readonly said: Partial<ReportRequest>;
  readonly status?: number;
  /** Whether it is a failure, for any status. */
  readonly isBad: boolean;
}
const ran = fc.integer({ min: 0, max: 90 });
const end: fc.Arbitrary<End> = fc.oneof(
  fc
    .record({ ranSeconds: ran, status: code })
    .map((one) => ({ ...one, said: { exitCode: one.status }, isBad: false })),
  fc
    .record({ ranSeconds: ran })
    .map((one) => ({ ...one, status: 137, said: { exitSignal: 'KILL' }, isBad: false })),
  fc.record({ ranSeconds: ran }).map((one) => ({
    ...one,
    status: 137,
    said: { exitSignal: 'KILL', outOfMemory: true as const },
    isBad: false,
  })),
  fc.record({ ranSeconds: ran, status: code }).map((one) => ({
    ...one,
    said: { exitCode: one.status, unhealthy: true as const },
    isBad: true,
  })),
  fc.record({ ranSeconds: ran }).map((one) => ({ ...one, said: { lost: 'it was removed' }, isBad: true })),
  fc.constant<End>({ said: { launchError: 'no such file' }, isBad: true }),
);

/** An independent statement of the policy: whether it restarts after such an end, without limits. */
const isWanted = (
  { mode, ignoredExitCodes = [], retryableExitCodes }: Restart,
  { status, isBad }: End,
): boolean => {
  if (mode === 'never') return false;
  if (isBad || status === undefined) return true;
  if (ignoredExitCodes.includes(status)) return false;
  if (retryableExitCodes) return retryableExitCodes.includes(status);
  return mode === 'always' || status > 0;
};

class Story {
  composition: Composition;
  seconds = 0;

  constructor(restart: Restart) {
    const root = storageOf('root', '/', { bound: true });
    this.composition = compositionOf(root, taskOf('a', {}, { spec: { restart } }));
    this.#become(bindMembers(this.composition, ID, this.now(), 'somebody')?.change);
  }

  now(): string {
    return isoOf(this.seconds);
  }

  #become(change: CompositionChange | undefined): void {
    if (change)
      this.composition = nextComposition(this.composition, change, this.now(), {
        principal: 'p',
        requestId: 'r',
      });
  }

  get run() {
    return (this.composition.members.at(-1) as TaskMember).task.run;
  }

  get shown() {
    const { restartsLeft, nextAttemptAt } =
      presentComposition(this.composition, () => true).members.at(-1)?.task ?? {};
    return { restartsLeft, nextAttemptAt };
  }

  report(said: Partial<ReportRequest> & Pick<ReportRequest, 'state'>) {
    const report = { attempt: this.run.attempt, at: 'whenever', ...said };
    const effect = reportMember(this.composition, ID, report, this.now());
    this.#become(effect?.change);
    return effect?.report.report;
  }

  /** The actions of supervision at a time, once; with `look`, none of them is made. */
  supervise(seconds: number, { only }: { readonly only?: 'look' } = {}) {
    const supervised = superviseMember(this.composition, ID, START + seconds * 1000);
    this.seconds = only ? this.seconds : Math.max(this.seconds, seconds);
    if (!only) this.#become(supervised?.effect?.change);
    return { action: supervised?.action?.do, wakeAt: supervised?.wakeAt };
  }
}

it('happen at the announced time and number, and not otherwise', () => {
  fc.assert(
    fc.property(
      policy,
      fc.array(end, { minLength: 1, maxLength: 8 }),
      fc.nat(1_000),
      (restart, ends, late) => {
        const story = new Story(restart);
        const { attempts, delaySeconds = 10, backoff = 2, resetSeconds = 300 } = restart;
        const maxDelaySeconds = restart.maxDelaySeconds ?? Math.max(300, delaySeconds);
        let count = 0;
        for (const one of ends) {
          const { ranSeconds, said } = one;
          if (ranSeconds !== undefined) {
            story.report({ state: 'running' });
            story.seconds += ranSeconds;
          }
          const state = said.exitCode === undefined && said.exitSignal === undefined ? 'failed' : 'exited';
          const kept = story.report({ state, ...said });
          if ((ranSeconds ?? 0) >= resetSeconds) count = 0;
          const { attempt } = story.run;
          if (!isWanted(restart, one) || count >= (attempts ?? Number.POSITIVE_INFINITY)) {
            expect(story.shown).toEqual({ restartsLeft: undefined, nextAttemptAt: undefined });
            expect(kept).not.toHaveProperty('nextAttemptAt');
            expect(story.supervise(story.seconds + late, { only: 'look' })).toEqual({});
            return;
          }
          const dueAt = story.seconds + Math.min(delaySeconds * backoff ** count, maxDelaySeconds);
          const next = {
            restartsLeft: attempts === undefined ? undefined : attempts - count,
            nextAttemptAt: isoOf(dueAt),
          };
          expect(story.shown).toEqual(next);
          expect(kept).toMatchObject(JSON.parse(JSON.stringify(next)));
          if (dueAt > story.seconds)
            expect(story.supervise(dueAt - 0.001, { only: 'look' })).toEqual({
              wakeAt: START + dueAt * 1000,
            });
          expect(story.supervise(dueAt + late)).toEqual({ action: 'restart' });
          count += 1;
          expect(story.run).toMatchObject({ state: 'bound', attempt: attempt + 1, restarts: count });
          expect(story.shown).toEqual({ restartsLeft: undefined, nextAttemptAt: undefined });
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

it('are counted by the clock of the service, for any times in reports', () => {
  const story = new Story({ mode: 'always', attempts: 1, delaySeconds: 0, resetSeconds: 60 });
  story.report({ state: 'running', at: isoOf(0) });
  story.seconds = 59;
  story.report({ state: 'exited', exitCode: 1, at: isoOf(9_999) });
  expect(story.supervise(59)).toEqual({ action: 'restart' });
  story.report({ state: 'running', at: isoOf(59) });
  story.seconds += 59.999;
  story.report({ state: 'exited', exitCode: 1, at: isoOf(9_999) });
  expect(story.shown.nextAttemptAt).toBeUndefined();
});

it('are counted again after a run that was long enough, to the second', () => {
  const story = new Story({ mode: 'always', attempts: 1, delaySeconds: 8, resetSeconds: 60 });
  for (let time = 0; time < 3; time += 1) {
    story.report({ state: 'running' });
    story.seconds += 60;
    story.report({ state: 'exited', exitCode: 1 });
    expect(story.shown).toEqual({ restartsLeft: 1, nextAttemptAt: isoOf(story.seconds + 8) });
    expect(story.supervise(story.seconds + 8)).toEqual({ action: 'restart' });
  }
});

it('are counted again even if a runner restarts the task itself', () => {
  const story = new Story({ mode: 'always', resetSeconds: 60 });
  story.report({ state: 'running' });
  story.report({ state: 'running', attempt: 2 });
  expect(story.run.restarts).toBe(1);
  story.seconds += 60;
  story.report({ state: 'exited', exitCode: 1 });
  story.report({ state: 'running', attempt: 3 });
  expect(story.run.restarts).toBe(1);
});
