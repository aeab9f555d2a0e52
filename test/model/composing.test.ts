import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { composingScenarios as scenarios } from './composing-scenarios.ts';
import { interleavings } from './edges-and-guards.ts';
import type { Flaw } from './program.ts';

type ScenarioName = keyof typeof scenarios;

const quiet = { crashes: false, sweeper: false };

describe('compositions in one call (ADR 45)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  const expectations: [ScenarioName, number, string[]][] = [
    [
      'an executor is made with two images while both are deleted',
      3_000,
      ['done, in-use + in-use', 'not-found, deleted + deleted'],
    ],
    [
      'an executor is made with two images while each is deleted by another',
      50_000,
      ['done, in-use, in-use', 'not-found, deleted, deleted'],
    ],
    [
      'two callers make one executor, each with an image',
      1_000,
      ['done, stale-handle, in-use', 'stale-handle, done, deleted'],
    ],
    [
      'two callers compose an executor that is there, each with an image',
      1_000,
      ['done, stale-handle, in-use', 'stale-handle, done, deleted'],
    ],
    [
      'an executor is made while another creates one of its name under a parent',
      10_000,
      [
        'done, name-collision + in-use, in-use',
        'done, done + deleted, in-use',
        'done, done + in-use, in-use',
      ],
    ],
    [
      'an executor that is there is composed while it is deleted, created anew and opened',
      300,
      ['done, in-use + name-collision + opened', 'stale-handle, deleted + created + opened'],
    ],
    [
      'an image and a volume alone join at once while the one is deleted and the other gets a child',
      5_000,
      ['done, in-use + in-use', 'in-use, done + deleted'],
    ],
    [
      'two executors are made, each with the same two volumes alone',
      10_000,
      ['done, in-use, stale-handle', 'done, not-found, left'],
    ],
    [
      'storage with its task and a volume alone join at once while the task is deleted',
      5_000,
      ['done, in-use + in-use', 'not-found, deleted + deleted'],
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

  it.each(expectations)('%s: with late copies of repeated requests', (name, _, ends) => {
    const found = explore(interleavings({ ...scenarios[name]({ lateCopies: true }), ...quiet }));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });
});

describe('every clause of a composition in one call is necessary', () => {
  const both: ScenarioName = 'an executor is made with two images while both are deleted';
  const twice: ScenarioName = 'two callers compose an executor that is there, each with an image';
  const anew: ScenarioName =
    'an executor that is there is composed while it is deleted, created anew and opened';
  const under: ScenarioName = 'an executor is made while another creates one of its name under a parent';
  const mixed: ScenarioName =
    'an image and a volume alone join at once while the one is deleted and the other gets a child';
  const flaws: [Flaw, ScenarioName, fault: string, lastSteps: string[]][] = [
    [
      'a composition is made with the first of its intents',
      both,
      'orphan',
      ['compose commits', 'deletes other: erases'],
    ],
    [
      'a composition is made whatever composition is there',
      twice,
      'held edge without a reference',
      ['compose commits', 'compose2 commits'],
    ],
    [
      'an executor is made whatever has its name',
      under,
      'held edge without a reference',
      ['other create: commits', 'compose commits'],
    ],
    ['the executor is made before its members', both, 'half made', ['compose puts its intents']],
    [
      'a composition is opened whatever became of its executor',
      anew,
      'composition without its executor',
      ['other delete: erases', 'compose commits'],
    ],
    [
      'the exclusive join does not fence',
      mixed,
      'exclusive and referred to by others',
      ['compose commits', 'other create: commits'],
    ],
    [
      'the exclusive join commits without its guard',
      mixed,
      'exclusive and referred to by others',
      ['compose commits', 'other create: commits'],
    ],
  ];

  it.each(flaws)('it is unsafe if %s', (flaw, name, fault, steps) => {
    const found = explore(interleavings({ ...scenarios[name]({ flaw, lateCopies: true }), ...quiet }));
    const trace = found.faults.get(fault)?.trace ?? [];
    expect(trace.filter((step) => steps.includes(step))).toEqual(steps);
  });
});
