/** The reason of an end: the service's own action wins over a report. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindMembers } from '../../../lib/composition/bind.ts';
import type { Run, TaskMember } from '../../../lib/composition/composition.ts';
import { type Reason, reasonOf } from '../../../lib/composition/reason.ts';
import { keptReport, reportMember } from '../../../lib/composition/report.ts';
import { parseReport, presentReport, type ReportRequest } from '../../../lib/composition/report-request.ts';
import { unbindMembers } from '../../../lib/composition/unbind.ts';
import { compositionOf, storageOf, taskOf } from './some-composition.ts';

const at = '2026-01-31T12:00:00Z';
const heardAt = '2026-01-31T12:00:01.000Z';
const running: Run = { state: 'running', attempt: 1, boundAt: at, heardAt: at, runningSince: heardAt };

type Said = Partial<ReportRequest>;
const exited = (said: Said): ReportRequest => ({ attempt: 1, state: 'exited', at, ...said });
const failed = (said: Said): ReportRequest => ({ attempt: 1, state: 'failed', at, ...said });

const sent = (signal: string, attempt = 1) => ({ task: { interrupt: { signal, count: 1, attempt } } });
interface Asked {
  readonly run?: Partial<Run>;
  readonly task?: Partial<TaskMember['task']>;
  readonly bound?: boolean;
}
const composed = ({ run, task, bound = true }: Asked) => {
  const member = taskOf('a', { ...running, ...run }, task, { bound });
  return { member, composition: compositionOf(storageOf('root', '/', { bound: true }), member) };
};

/** The run of the task after a report, and the stored report. */
const hear = (asked: Asked, report: ReportRequest) => {
  const { member, composition } = composed(asked);
  const effect = reportMember(composition, member.id, report, heardAt);
  const heard = effect?.change.members?.find(({ id }) => id === member.id) as TaskMember;
  return { run: heard.task.run, kept: effect?.report.report };
};

describe('the reason of an end', () => {
  it.each<[Reason, ReportRequest, Asked?]>([
    ['completed', exited({ exitCode: 0 })],
    ['failed', exited({ exitCode: 1 })],
    ['failed', exited({ exitSignal: 'KILL' })],
    ['out-of-memory', exited({ exitSignal: 'KILL', outOfMemory: true })],
    ['out-of-memory', exited({ exitCode: 137, outOfMemory: true })],
    ['out-of-memory', exited({ exitCode: 4, outOfMemory: true })],
    ['unhealthy', exited({ exitCode: 0, unhealthy: true })],
    // A process of it was killed for memory, which did not end it.
    ['completed', exited({ exitCode: 0, outOfMemory: true })],
    ['unhealthy', exited({ exitSignal: 'KILL', outOfMemory: true, unhealthy: true })],
    ['launch-error', failed({ launchError: 'no such file' })],
    ['lost', failed({ lost: 'the engine was restarted' })],
    // Deadlines.
    ['run-deadline', exited({ exitCode: 0 }), { run: { halted: 'run-deadline' } }],
    ['not-after', exited({ exitSignal: 'KILL' }), { run: { halted: 'not-after' } }],
    ['run-deadline', exited({ exitCode: 0 }), { run: { halted: 'run-deadline' }, bound: false }],
    ['not-after', exited({ exitCode: 137, outOfMemory: true }), { run: { halted: 'not-after' } }],
    // Stops.
    ['stopped', exited({ exitCode: 0 }), { bound: false }],
    ['stopped', exited({ exitSignal: 'KILL', outOfMemory: true }), { bound: false }],
    ['stopped', exited({ exitCode: 1, unhealthy: true }), { bound: false }],
    ['stopped', exited({ exitSignal: 'TERM' }), sent('TERM')],
    ['stopped', exited({ exitCode: 143 }), sent('TERM')],
    // A signal that did not end it.
    ['completed', exited({ exitCode: 0 }), sent('TERM')],
    ['failed', exited({ exitSignal: 'SEGV' }), sent('HUP')],
    ['failed', exited({ exitSignal: 'TERM' }), sent('TERM', 7)],
    ['out-of-memory', exited({ exitSignal: 'KILL', outOfMemory: true }), sent('HUP')],
    // A task that never ran was not stopped.
    ['launch-error', failed({ launchError: 'no such file' }), { bound: false }],
    ['lost', failed({ lost: 'removed' }), { bound: false }],
    ['lost', failed({ lost: 'removed' }), { run: { halted: 'not-after' } }],
  ])('is %s: %j %j', (reason, report, asked = {}) => {
    const { run, kept } = hear(asked, report);
    expect([run.reason, kept?.reason]).toEqual([reason, reason]);
  });

  it('exists after the end, and not before', () => {
    expect(reasonOf(running)).toBeUndefined();
    const { run, kept } = hear({ run: { state: 'bound' } }, { attempt: 1, state: 'running', at });
    expect([run, kept]).toEqual([
      expect.not.objectContaining({ reason: expect.anything() }),
      expect.not.objectContaining({ reason: expect.anything() }),
    ]);
  });

  it('never changes, whatever happens to the task later', () => {
    const { run } = hear({ bound: false }, exited({ exitCode: 0 }));
    const ended = taskOf('a', run, {}, { bound: false });
    const composition = compositionOf(storageOf('root', '/', { bound: true }), ended);
    const rebound = bindMembers(composition, ended.id, at, 'somebody')?.change.members?.at(-1) as TaskMember;
    expect(reasonOf(run)).toBe('stopped');
    expect(rebound.task.run).not.toHaveProperty('reason');
    const { member, composition: bound } = composed({
      run: { state: 'exited', exitCode: 0, reason: 'completed' },
    });
    const unbound = unbindMembers(bound, member.id)?.change.members?.at(-1) as TaskMember;
    expect(reasonOf(unbound.task.run)).toBe('completed');
  });

  it('of a run from an earlier version is derived as far as possible', () => {
    expect(reasonOf({ state: 'exited', exitCode: 0 })).toBe('completed');
    expect(reasonOf({ state: 'exited', exitCode: 0, halted: 'not-after' })).toBe('not-after');
    expect(reasonOf({ state: 'exited', exitSignal: 'KILL', unhealthy: true })).toBe('unhealthy');
    expect(reasonOf({ state: 'failed', launchError: 'no such file' })).toBe('launch-error');
    expect(presentReport({ attempt: 1, state: 'exited', exitCode: 3, at })).toMatchObject({
      reason: 'failed',
    });
  });

  it('of a repeated report is that of the run, as long as it is known', () => {
    const report = exited({ exitCode: 0 });
    const { run } = hear({ bound: false }, report);
    const member = taskOf('a', run, {}, { bound: false });
    expect(reportMember(compositionOf(member), member.id, report, heardAt)).toBeUndefined();
    expect(keptReport(report, run)).toMatchObject({ reason: 'stopped' });
    for (const later of [undefined, { ...running, attempt: 2 }])
      expect(keptReport(report, later)).toEqual(report);
  });

  it('cannot come from a report', () => {
    for (const reason of ['completed', 'stopped'] as const) {
      const body = { ...exited({ exitCode: 1 }), reason };
      expect(() => parseReport(body)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
    }
  });

  it('is the service’s own action, whatever the report says', () => {
    const said = fc.record(
      {
        exitCode: fc.nat(255),
        outOfMemory: fc.constant(true as const),
        unhealthy: fc.constant(true as const),
      },
      { requiredKeys: ['exitCode'] },
    );
    const halted = fc.constantFrom('run-deadline' as const, 'not-after' as const, undefined);
    fc.assert(
      fc.property(said, halted, fc.boolean(), (how, deadline, bound) => {
        const asked = { bound, run: deadline ? { halted: deadline } : {} };
        const { reason } = hear(asked, exited(how)).run;
        if (deadline) expect(reason).toBe(deadline);
        else if (!bound) expect(reason).toBe('stopped');
        else expect(['completed', 'failed', 'out-of-memory', 'unhealthy']).toContain(reason);
      }),
    );
  });
});

describe('a report that names the composition it is on', () => {
  const { composition, member } = composed({});
  it('is accepted for the present composition', () => {
    const said = { ...exited({ exitCode: 0 }), since: composition.createdAt };
    const effect = reportMember(composition, member.id, said, heardAt);
    expect(effect?.report.report).not.toHaveProperty('since');
    expect(effect?.change.members?.at(-1)?.task?.run).not.toHaveProperty('since');
  });

  it('is refused for another composition of the same executor', () => {
    const said = { ...exited({ exitCode: 0 }), since: '2025-12-31T00:00:00.000Z' };
    expect(() => reportMember(composition, member.id, said, heardAt)).toThrow(
      expect.objectContaining({ code: 'invalid-state', members: { state: 'running', attempt: 1 } }),
    );
  });
});
