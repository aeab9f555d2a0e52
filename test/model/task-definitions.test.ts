import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { type DefinitionCast, type DefinitionFlaw, taskDefinitions } from './task-definitions.ts';

const casts = {
  'it runs the same again': { functions: 1, contents: ['A', 'A'], remembers: true },
  'two functions wake at once': { functions: 2, contents: ['A', 'B'] },
  'it goes back to what it ran before': { functions: 2, contents: ['A', 'B', 'A'], remembers: true },
  'somebody deletes one by hand': { functions: 2, contents: ['A', 'B'], deletes: true },
  'a function dies': { functions: 2, contents: ['A', 'B'], crashes: true },
} satisfies Record<string, DefinitionCast>;
type Cast = keyof typeof casts;

describe('task definitions by their content (ADR 51)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  it.each<[Cast, number, string[]]>([
    ['it runs the same again', 10, ['2 started of 1']],
    ['two functions wake at once', 100, ['2 started of 2', '2 started of 3']],
    ['it goes back to what it ran before', 500, ['3 started of 3']],
    ['somebody deletes one by hand', 500, ['2 started of 2', '2 started of 3']],
    ['a function dies', 500, ['2 started of 2', '2 started of 3']],
  ])('%s: every attempt starts, and no definition is left registered', (name, floor, ends) => {
    const found = explore(taskDefinitions(casts[name]));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(floor);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });

  it('equal contents are registered once', () => {
    expect([...explore(taskDefinitions(casts['it runs the same again'])).outcomes]).toEqual([
      '2 started of 1',
    ]);
  });

  const left = 'nothing knows of a definition';
  it.each<[DefinitionFlaw, Cast, fault: string]>([
    ['who is overtaken keeps what it prepared', 'two functions wake at once', left],
    ['what could not start forgets what it replaces', 'somebody deletes one by hand', left],
    ['it is over before what it replaced is given up', 'a function dies', left],
    ['a launch that is over goes with time', 'two functions wake at once', left],
    [
      'what is deleted fails the attempt',
      'somebody deletes one by hand',
      'an attempt ends that never started',
    ],
  ])('it is wrong if %s', (flaw, cast, fault) => {
    expect([...explore(taskDefinitions(casts[cast], flaw), fault).faults.keys()]).toContain(fault);
  });

  it('it never ends if a cached registration is never looked up again', () => {
    const { stuck } = explore(
      taskDefinitions(
        casts['it goes back to what it ran before'],
        'what is remembered is never looked up again',
      ),
    );
    expect(stuck).toBeGreaterThan(0);
  });
});
