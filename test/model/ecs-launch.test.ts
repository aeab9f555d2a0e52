import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { ecsLaunch, type LaunchCast, type LaunchFlaw } from './ecs-launch.ts';

const casts = {
  'two functions wake at once': { functions: 2, crashes: true },
  'it is unbound meanwhile': { functions: 2, unbinds: true, crashes: true },
  'it is bound again while the one before runs': { functions: 2, unbinds: true, rebinds: true },
  'it is restarted, and a request is heard twice': { functions: 2, restarts: true, copies: 1 },
  'there is no capacity at first': { functions: 1, refusals: 2, unbinds: true, copies: 1, crashes: true },
  'ECS forgets what stopped, and the token': { functions: 1, ages: true, unbinds: true, crashes: true },
} satisfies Record<string, LaunchCast>;
type Cast = keyof typeof casts;

describe('attempts as tasks of ECS (ADR 51)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  it.each<[Cast, number, string[]]>([
    ['two functions wake at once', 100, ['bound: 1 exit']],
    ['it is unbound meanwhile', 500, ['bound: 1 exit', 'unbound: 1 exit', 'unbound: nothing ran']],
    ['it is bound again while the one before runs', 1_000, ['bound: 1 exit, 2 exit', 'bound: 2 exit']],
    ['it is restarted, and a request is heard twice', 1_000, ['bound: 1 exit, 2 exit']],
    ['there is no capacity at first', 500, ['bound: 1 exit', 'unbound: 1 lost']],
    ['ECS forgets what stopped, and the token', 200, ['bound: 1 exit', 'bound: 1 lost', 'unbound: 1 lost']],
  ])('%s: an attempt is one task, and its end is reported', (name, floor, ends) => {
    const found = explore(ecsLaunch(casts[name]));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(floor);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });

  const twice = 'an attempt is two tasks';
  it.each<[LaunchFlaw, Cast, fault: string]>([
    ['a token is made at each try', 'two functions wake at once', twice],
    ['the row is written after the answer', 'two functions wake at once', twice],
    ['the row goes once it is over', 'two functions wake at once', twice],
    ['a write does not require what was read', 'two functions wake at once', twice],
    [
      'what is asked for no more is forgotten at once',
      'it is unbound meanwhile',
      'nobody knows of what runs',
    ],
    [
      'what an event says is believed',
      'it is restarted, and a request is heard twice',
      'what runs is told to have ended',
    ],
    ['who asks again does not write that first', 'it is unbound meanwhile', 'nobody knows of what runs'],
    [
      'what is lost is told before it is written',
      'it is unbound meanwhile',
      'what runs is told to have ended',
    ],
    ['a token is good for ever', 'ECS forgets what stopped, and the token', twice],
  ])('it is unsafe if %s', (flaw, cast, fault) => {
    expect([...explore(ecsLaunch(casts[cast], flaw), fault).faults.keys()]).toContain(fault);
  });

  it('it never ends if a refused launch keeps its token', () => {
    const { unbinds: _, ...bound } = casts['there is no capacity at first'];
    expect(explore(ecsLaunch(bound, 'a refusal keeps its token')).stuck).toBeGreaterThan(0);
    expect(explore(ecsLaunch(bound)).stuck).toBe(0);
  });
});
