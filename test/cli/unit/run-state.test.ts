/** Words for runs, and their selection. */
import { describe, expect, it } from 'vitest';
import { parseRunFilter } from '../../../cli/run/run-filter.ts';
import { statusInWords } from '../../../cli/run/status-in-words.ts';
import { codeOf, isLive } from '../../../cli/run/task-state.ts';
import type { ListedRun } from '../../../lib/composition/listed-run.ts';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const before = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();
const run = (more: Partial<ListedRun>): ListedRun => ({
  executorId: 'executor://machines/web',
  id: 'executor://machines/web/tasks/main',
  bound: true,
  state: 'running',
  attempt: 1,
  ephemeral: false,
  ...more,
});

describe('the state of a run', () => {
  it.each<[Partial<ListedRun>, string]>([
    [{ startedAt: before(59) }, 'runs for 59 s'],
    [{ startedAt: before(3_600 * 25) }, 'runs for 1 day'],
    [{ bound: false, startedAt: before(120) }, 'stops, ran for 2 minutes'],
    [{ state: 'bound', boundAt: before(5) }, 'waits for a runner for 5 s'],
    [{ state: 'bound', boundAt: before(4) }, 'starting'],
    [
      { state: 'bound', boundAt: before(4), waitsFor: 'capacity (RESOURCE:ENI)' },
      'waits for capacity (RESOURCE:ENI) for 4 s',
    ],
    [{ state: 'exited', reason: 'failed', exitCode: 7, restarts: 2 }, 'failed (code 7); no restarts left'],
    [{ state: 'exited', reason: 'completed', exitCode: 0, restarts: 2 }, 'completed'],
    [{ bound: false, state: 'exited', reason: 'failed', exitCode: 7, restarts: 2 }, 'failed (code 7)'],
    [{ state: 'exited', reason: 'completed', writes: true }, 'completed; its writes are not saved'],
    [{ state: 'exited', reason: 'completed', exitCode: 0, endedAt: before(60) }, 'completed, 1 minute ago'],
    [
      { state: 'exited', reason: 'failed', exitCode: 7, endedAt: before(7_200) },
      'failed (code 7), 2 hours ago',
    ],
    [
      {
        state: 'exited',
        reason: 'failed',
        exitCode: 7,
        endedAt: before(0),
        nextAttemptAt: before(-30),
        restartsLeft: 2,
      },
      'failed (code 7), 0 s ago; restarts in 30 s, 2 restarts left',
    ],
    [
      { state: 'failed', reason: 'launch-error', launchError: 'no such file' },
      'not started: no such file (launch-error)',
    ],
  ])('is printed: %j', (more, words) => expect(statusInWords(run(more), NOW)).toBe(words));
});

it('is live while it runs, waits or restarts', () => {
  const live = (more: Partial<ListedRun>) => isLive({ bound: run(more).bound, task: run(more) });
  expect(live({})).toBe(true);
  expect(live({ bound: false })).toBe(true);
  expect(live({ state: 'bound' })).toBe(true);
  expect(live({ state: 'exited', nextAttemptAt: before(-1) })).toBe(true);
  expect(live({ state: 'exited' })).toBe(false);
  expect(live({ state: 'created', bound: false })).toBe(false);
});

describe('the exit code of a run', () => {
  it.each<[Partial<ListedRun>, number]>([
    [{ state: 'exited', reason: 'completed', exitCode: 0 }, 0],
    [{ state: 'exited', reason: 'failed', exitCode: 7 }, 7],
    [{ state: 'exited', reason: 'stopped', exitSignal: 'TERM' }, 143],
    [{ state: 'exited', reason: 'out-of-memory', exitSignal: 'KILL' }, 137],
    [{ state: 'failed', reason: 'launch-error', launchError: 'no' }, 125],
    [{ state: 'failed', reason: 'lost', lost: 'gone' }, 125],
    [{ state: 'created' }, 125],
  ])('for %j is %i', (more, code) =>
    expect(codeOf({ id: '', bound: true, task: { ...run(more), revision: 1 } })).toBe(code),
  );
});

describe('filters of runs', () => {
  const meant = (more: Partial<ListedRun>, ...filter: string[]) => parseRunFilter(filter)(run(more));

  it('match any value of each key', () => {
    expect(meant({}, 'name=we', 'status=running')).toBe(true);
    expect(meant({}, 'name=we', 'status=exited')).toBe(false);
    expect(meant({}, 'status=exited', 'status=running')).toBe(true);
    expect(meant({ state: 'exited', exitCode: 7, reason: 'failed' }, 'exited=7', 'reason=failed')).toBe(true);
    expect(meant({ state: 'exited', nextAttemptAt: before(-1) }, 'status=restarting')).toBe(true);
  });

  it.each(['status', 'label=x', 'status=dead', '=x'])('are refused in the form %s', (text) =>
    expect(() => parseRunFilter([text])).toThrow(expect.objectContaining({ name: 'UsageError' })),
  );
});
