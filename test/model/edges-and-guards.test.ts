import { describe, expect, it } from 'vitest';
import { countRuns, explore } from './checker.ts';
import { interleavings } from './edges-and-guards.ts';
import { bareDeleter, bareReferrer } from './edges-without-guard.ts';
import type { Flaw } from './program.ts';
import { scenarios } from './scenarios.ts';
import { lone } from './store.ts';

type ScenarioName = keyof typeof scenarios;

const quiet = { crashes: false, sweeper: false };

// The largest state space takes a second or two; the limit is for a busy machine.
describe('references by edges and guards (ADR 0002)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  const expectations: [ScenarioName, number, string[]][] = [
    ['a child is created while its parent is deleted', 800, ['done, in-use', 'unknown-parent, deleted']],
    ['two children are created while their parent is deleted', 30_000, ['done, done, in-use']],
    [
      'two creates compete for one name while the parent is deleted',
      30_000,
      ['done, name-collision, in-use'],
    ],
    [
      'a child is created while two callers delete its parent',
      30_000,
      ['unknown-parent, deleted, not-found'],
    ],
    [
      'a child is created while its parent and its grandparent are deleted',
      3_000,
      ['done, in-use, in-use', 'unknown-parent, deleted, in-use', 'unknown-parent, deleted, deleted'],
    ],
    [
      'a child is created while its parent is deleted and created anew under a grandparent',
      5_000,
      ['done, done, deleted', 'unknown-parent, done, deleted'],
    ],
    [
      'an image is joined while it and the executor are deleted',
      8_000,
      ['done, in-use, in-use', 'stale-handle, deleted, deleted', 'not-found, deleted, deleted'],
    ],
  ];

  it.each(expectations)('%s: with crashes anywhere, and the sweeper at any time', (name, floor, ends) => {
    const found = explore(
      interleavings({ ...scenarios[name]({ lateCopies: false }), crashes: true, sweeper: true }),
    );
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(floor);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });

  it.each(expectations)('%s: with late copies of repeated requests', (name, floor, ends) => {
    const found = explore(interleavings({ ...scenarios[name]({ lateCopies: true }), ...quiet }));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(floor);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });

  it('never lets both a create and the delete of its parent succeed', () => {
    const cast = scenarios['a child is created while its parent is deleted']({ lateCopies: true });
    const { outcomes } = explore(interleavings({ ...cast, ...quiet }));
    expect([...outcomes].sort()).toEqual([
      'done, in-use',
      'done, unavailable',
      'unavailable, deleted',
      'unavailable, unavailable',
      'unknown-parent, deleted',
    ]);
  });
});

describe('every clause of the protocol is necessary', () => {
  const pair: ScenarioName = 'a child is created while its parent is deleted';
  const flaws: [Flaw, ScenarioName, fault: string, lastSteps: string[]][] = [
    ['the referrer looks before it announces itself', pair, 'orphan', ['create commits', 'delete erases']],
    ['the referrer reads the element before the guard', pair, 'orphan', ['delete erases', 'create commits']],
    ['the referrer commits without its intent', pair, 'orphan', ['create commits', 'delete erases']],
    ['the deleter does not fence', pair, 'orphan', ['create commits', 'delete erases']],
    ['the deleter erases without its guard', pair, 'orphan', ['create commits', 'delete erases']],
    ['a put intent is repeated blindly', pair, 'orphan', ['delete erases', 'create commits']],
    ['a put guard is repeated blindly', pair, 'orphan', ['create commits', 'delete erases']],
  ];

  it.each(flaws)('it is unsafe if %s', (flaw, name, fault, steps) => {
    const found = explore(interleavings({ ...scenarios[name]({ flaw, lateCopies: true }), ...quiet }));
    const trace = found.faults.get(fault)?.trace ?? [];
    expect(trace.filter((step) => steps.includes(step))).toEqual(steps);
  });
});

describe('the naive protocol: an edge per referrer that losers remove, without a guard', () => {
  const elements = { parent: lone('p0') };

  it('orphans a child', () => {
    const programs = [bareReferrer('create', 'child', 'parent'), bareDeleter('delete', 'parent')];
    const model = interleavings({ elements, programs, ...quiet });
    expect(explore(model).faults.get('orphan')?.trace).toEqual([
      'delete queries the edges',
      'create puts its edge',
      'create finds the element',
      'create puts its record',
      'delete erases',
    ]);
    expect(countRuns(model, 'orphan')).toEqual({ runs: 7, faulty: 2 });
  });

  it('orphans a child in a third of the interleavings when two compete for its name', () => {
    const programs = [
      bareReferrer('create', 'child', 'parent'),
      bareReferrer('create2', 'child', 'parent'),
      bareDeleter('delete', 'parent'),
    ];
    expect(countRuns(interleavings({ elements, programs, ...quiet }), 'orphan')).toEqual({
      runs: 300,
      faulty: 108,
    });
  });
});

describe('the checker', () => {
  it('detects a process that waits for ever', () => {
    const waits = { id: 'waits', start: { at: 'waiting' }, moves: () => [] };
    const found = explore(interleavings({ elements: {}, programs: [waits], ...quiet, crashes: true }));
    expect(found.stuck).toBe(1);
  });
});
