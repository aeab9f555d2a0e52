import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../../lib/composition/composition.ts';
import { reportedRun, reportMember } from '../../../lib/composition/report.ts';
import type { Report } from '../../../lib/composition/report-request.ts';
import { parseReport } from '../../../lib/composition/report-request.ts';
import { compositionOf, runOf, storageOf, taskOf } from './some-composition.ts';

const at = '2026-01-31T12:00:00Z';
const heardAt = '2026-01-31T12:00:01.000Z';
const attempt = fc.integer({ min: 1, max: 4 });
const report: fc.Arbitrary<Report> = fc.oneof(
  fc.record({
    attempt,
    state: fc.constant('bound' as const),
    waitsFor: fc.constantFrom('capacity', 'its image'),
    at: fc.constant(at),
  }),
  fc.record({ attempt, state: fc.constant('running' as const), at: fc.constant(at) }),
  fc.record({
    attempt,
    state: fc.constant('exited' as const),
    exitCode: fc.integer({ min: 0, max: 2 }),
    at: fc.constant(at),
  }),
  fc.record({
    attempt,
    state: fc.constant('exited' as const),
    exitSignal: fc.constantFrom('KILL', 'TERM'),
    at: fc.constant(at),
  }),
  fc.record({
    attempt,
    state: fc.constant('failed' as const),
    launchError: fc.constantFrom('a', 'b'),
    at: fc.constant(at),
  }),
);
const bound = runOf({ state: 'bound', attempt: 1, boundAt: '2026-01-31T11:00:00.000Z' });
const order = { created: 0, bound: 0, running: 1, exited: 2, failed: 2 };
const place = ({ attempt, state }: Run) => attempt * 10 + order[state];

const memberOf = (run: Run, bound = true) => taskOf('a', run, {}, { bound });

/** The run after a report; unchanged if the report is refused. */
const take = (run: Run, said: Report, isBound = true): Run => {
  try {
    return reportedRun(memberOf(run, isBound), said, heardAt) ?? run;
  } catch (error) {
    expect((error as { code: string }).code).toBeOneOf(['invalid-state', 'not-bound']);
    return run;
  }
};

describe('reports on a task', () => {
  it('are parsed in the form in which they are answered', () => {
    fc.assert(
      fc.property(report, (said) => {
        expect(parseReport(said)).toEqual(said);
      }),
    );
  });

  it('may change the reason of a wait, until the task starts or is unbound', () => {
    const said = (waitsFor: string, attempt = 1) => ({ attempt, state: 'bound' as const, waitsFor, at });
    const first = take(bound, said('capacity'));
    expect(first).toEqual({ ...bound, waitsFor: 'capacity', heardAt });
    expect(reportedRun(memberOf(first), said('capacity'), heardAt)).toBeUndefined();
    const next = take(first, said('its image'));
    expect(next).toEqual({ ...first, waitsFor: 'its image' });
    expect(take(next, said('capacity', 2))).toBe(next);
    expect(take(next, said('capacity'), false)).toBe(next);
    const running = take(next, { attempt: 1, state: 'running', at });
    expect(running).not.toHaveProperty('waitsFor');
    expect(take(running, said('capacity'))).toBe(running);
  });

  it('only move it forward, from attempt to attempt and within one', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 12 }), fc.boolean(), (reports, isBound) => {
        let run = bound;
        for (const said of reports) {
          const next = take(run, said, isBound);
          if (next !== run)
            expect(place(next)).toBeGreaterThan(place(run) - (said.state === 'bound' ? 1 : 0));
          if (!isBound) expect(next.attempt).toBe(1);
          run = next;
        }
      }),
    );
  });

  it('leave it in the state of the last accepted one, with the times of bind, start and end', () => {
    fc.assert(
      fc.property(fc.array(report, { minLength: 1, maxLength: 12 }), (reports) => {
        let run = bound;
        let accepted: Report | undefined;
        for (const said of reports) {
          const next = take(run, said);
          if (next !== run) accepted = said;
          run = next;
        }
        if (!accepted) return;
        const { at: _, ...said } = accepted;
        expect(run).toMatchObject(said);
        expect(run.endedAt !== undefined).toBe(order[run.state] === 2);
        expect(run.boundAt !== undefined).toBe(run.attempt === 1);
        if (run.state === 'running') expect(run.startedAt).toBe(at);
      }),
    );
  });

  it('change nothing if they are repeated', () => {
    fc.assert(
      fc.property(fc.array(report, { minLength: 1, maxLength: 8 }), (reports) => {
        let run = bound;
        for (const said of reports) {
          const next = take(run, said);
          if (next === run) continue;
          run = next;
          const later = { ...said, at: '2027-01-01T00:00:00Z' };
          expect(reportedRun(memberOf(run), later, heardAt)).toBeUndefined();
        }
      }),
    );
  });

  it('are refused for earlier attempts', () => {
    fc.assert(
      fc.property(report, (said) => {
        const run = runOf({ state: 'bound', attempt: 9 });
        expect(() => reportedRun(memberOf(run), said, heardAt)).toThrow(
          expect.objectContaining({ code: 'invalid-state', members: { state: 'bound', attempt: 9 } }),
        );
      }),
    );
  });

  it('are refused for a task that was never bound', () => {
    fc.assert(
      fc.property(report, (said) => {
        expect(() => reportedRun(memberOf(runOf(), false), said, heardAt)).toThrow(
          expect.objectContaining({ code: 'not-bound' }),
        );
      }),
    );
  });
});

describe('the end of an ephemeral task', () => {
  const ends: Report[] = [
    { attempt: 1, state: 'exited', exitCode: 0, at },
    { attempt: 1, state: 'failed', launchError: 'no such file', at },
  ];
  const brief = taskOf('brief', bound, { ephemeral: true }, { bound: true });
  const lasting = taskOf('lasting', bound, {}, { bound: true });
  const composition = compositionOf(storageOf('root', '/', { bound: true }), lasting, brief);

  it.each(ends)('removes it, and remembers its attempt: $state', (end) => {
    const effect = reportMember(composition, brief.id, end, heardAt);
    expect(effect?.change.members?.map(({ id }) => id)).toEqual(['image://library/root', lasting.id]);
    expect(effect?.change.attempts).toEqual({ [brief.id]: 1 });
    expect(effect?.change.departed).toMatchObject({ id: brief.id, run: { state: end.state, endedAt: at } });
    expect(effect?.released).toEqual([{ id: brief.id, reference: brief.reference }]);
  });

  it.each(ends)('does not affect other tasks: $state', (end) => {
    const effect = reportMember(composition, lasting.id, end, heardAt);
    expect(effect?.change.members).toHaveLength(3);
    expect(effect).not.toHaveProperty('released');
    expect(effect?.change).not.toHaveProperty('departed');
  });
});
