import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { compositionScenarios as scenarios } from './composition-scenarios.ts';
import { interleavings } from './edges-and-guards.ts';
import type { Flaw } from './program.ts';

type ScenarioName = keyof typeof scenarios;

const quiet = { crashes: false, sweeper: false };

describe('compositions by edges and guards (ADR 0002)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  const expectations: [ScenarioName, number, string[]][] = [
    [
      'a composition is opened while its executor is deleted and created anew',
      4_000,
      ['opened + done, in-use + name-collision, opened', 'opened + stale-handle, deleted + created, opened'],
    ],
    [
      'an image joins and leaves while another joins and the first is deleted',
      20_000,
      ['done + left, done, in-use', 'done + left, stale-handle, deleted'],
    ],
    [
      'a task leaves by a report while an image joins and leaves',
      1_500,
      ['left, done + not-joined, in-use', 'not-joined, done + left, deleted'],
    ],
    [
      'a report on a task comes late, to another executor of the same name',
      400,
      ['stale-handle, left + deleted + created + opened + done'],
    ],
    [
      'a volume is joined exclusively while a child is created and it is deleted',
      30_000,
      ['in-use, done, in-use', 'done, in-use, in-use', 'not-found, unknown-parent, deleted'],
    ],
    [
      'a volume is joined exclusively while another executor joins it',
      2_500,
      ['in-use, done, not-joined', 'done, in-use, left', 'done, not-found, left'],
    ],
    [
      'two executors join a volume exclusively',
      15_000,
      ['done + left, in-use, in-use', 'done + left, not-found, deleted'],
    ],
    [
      'a volume that was joined exclusively leaves while a child is created and it is deleted',
      300,
      ['left, unknown-parent, not-found', 'left, in-use, in-use'],
    ],
    [
      'a volume joins exclusively, leaves and is created anew while a child is created',
      1_000,
      ['done + left + created, done', 'done + left + created, in-use'],
    ],
    [
      'a volume joins exclusively while it is deleted and created anew',
      500,
      ['done, in-use + name-collision', 'done, deleted + created'],
    ],
    [
      'a volume that was joined exclusively leaves while a task is associated with it',
      5_000,
      ['left, done, in-use', 'left, done, deleted'],
    ],
    [
      'a task is associated while it and the storage are deleted',
      20_000,
      ['done, in-use, deleted', 'unknown-parent, deleted, deleted'],
    ],
    ['an association ends while another begins', 3_000, ['parted, done, deleted']],
    [
      'storage joins with its task while both are deleted',
      3_000,
      ['done, in-use + in-use', 'not-found, deleted + deleted'],
    ],
    [
      'storage joins with its task while that is parted, deleted and created anew',
      1_500,
      ['done, parted + in-use + name-collision', 'done, parted + deleted + created'],
    ],
  ];

  it.each(expectations)('%s: with crashes anywhere, and the sweeper at any time', (name, floor, ends) => {
    const cast = scenarios[name]({ lateCopies: false });
    const found = explore(interleavings({ ...cast, crashes: true, sweeper: true }));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(floor);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });

  it.each(expectations)('%s: with late copies of repeated requests', (name, _, ends) => {
    const found = explore(interleavings({ ...scenarios[name]({ lateCopies: true }), ...quiet }));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });
});

describe('every clause of compositions is necessary', () => {
  const child: ScenarioName =
    'a volume joins exclusively, leaves and is created anew while a child is created';
  const anew: ScenarioName = 'a volume joins exclusively while it is deleted and created anew';
  const opened: ScenarioName = 'a composition is opened while its executor is deleted and created anew';
  const leaves: ScenarioName =
    'a volume that was joined exclusively leaves while a task is associated with it';
  const reported: ScenarioName = 'a task leaves by a report while an image joins and leaves';
  const late: ScenarioName = 'a report on a task comes late, to another executor of the same name';
  const parted: ScenarioName = 'storage joins with its task while that is parted, deleted and created anew';
  const together: ScenarioName = 'an association ends while another begins';
  const associated: ScenarioName = 'a task is associated while it and the storage are deleted';
  const shared = 'exclusive and referred to by others';
  const nobodys = 'held edge without a reference';
  const flaws: [Flaw, ScenarioName, fault: string, lastSteps: string[]][] = [
    ['a standing guard is broken like any other', child, shared, ['caller join: commits', 'create commits']],
    [
      'the exclusive join does not fence',
      child,
      'orphan',
      ['caller join: commits', 'caller leave: commits', 'create commits'],
    ],
    [
      'the exclusive join commits without its guard',
      child,
      'orphan',
      ['caller join: commits', 'caller leave: commits', 'create commits'],
    ],
    [
      'the exclusive join does not require the volume',
      anew,
      'orphan',
      ['other delete: erases', 'join commits'],
    ],
    [
      'the exclusive leave does not require the revision',
      leaves,
      nobodys,
      ['associate commits', 'leave commits'],
    ],
    ['the exclusive leave keeps the standing guard', leaves, 'standing guard left behind', ['leave commits']],
    [
      'the executor is deleted whatever became of its composition',
      opened,
      nobodys,
      ['caller join: commits', 'other delete: erases'],
    ],
    [
      'a composition is opened whatever became of its executor',
      opened,
      'composition without its executor',
      ['other delete: erases', 'caller open: opens it'],
    ],
    [
      'a leave does not require the composition',
      reported,
      nobodys,
      ['caller join: commits', 'report commits'],
    ],
    [
      'an operation requires the nonce alone',
      reported,
      'reference without a held edge',
      ['report commits', 'caller join: commits'],
    ],
    [
      'a report requires the revision alone',
      late,
      'composition without its executor',
      ['caller delete: erases', 'caller open: opens it', 'report commits'],
    ],
    [
      'an association does not move the revision',
      associated,
      nobodys,
      ['associate commits', 'delete2 erases'],
    ],
    [
      'an association does not require the revision',
      together,
      'reference without a held edge',
      ['part commits', 'associate commits'],
    ],
    ['tasks come along unannounced', parted, 'orphan', ['join commits', 'other delete: erases']],
    [
      'the storage is not read again with its tasks',
      parted,
      'a stranger came along',
      ['other part: commits', 'other create: creates it', 'join commits'],
    ],
    [
      'the deleter erases whatever was referred to since',
      associated,
      nobodys,
      ['associate commits', 'delete2 erases'],
    ],
  ];

  it.each(flaws)('it is unsafe if %s', (flaw, name, fault, steps) => {
    const found = explore(interleavings({ ...scenarios[name]({ flaw, lateCopies: true }), ...quiet }));
    const trace = found.faults.get(fault)?.trace ?? [];
    expect(trace.filter((step) => steps.includes(step))).toEqual(steps);
  });
});
