import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { type ClosingCast, type ClosingFlaw, closing } from './closing.ts';

const casts = {
  'all goes while it is bound again': { executor: 'delete', binds: true },
  'all goes but the executor, while it is bound again': { executor: 'keep', binds: true },
  'all goes but the executor, which is bound again, and what was written is given up': {
    ...{ executor: 'keep', binds: true },
    discard: true,
  },
  'the executor gets a child, and another takes its name': {
    executor: 'delete',
    child: true,
    successor: true,
  },
  'the machine dies': { executor: 'delete', dies: true },
  'the machine dies, and what was written is given up': { executor: 'delete', dies: true, discard: true },
} satisfies Record<string, ClosingCast>;
type Cast = keyof typeof casts;

describe('closing a composition (ADR 48)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  it.each<[Cast, number, string[]]>([
    [
      'all goes while it is bound again',
      10_000,
      ['closes, closing: gone', 'crashed, bound: executor 1 with 2'],
    ],
    [
      'all goes but the executor, while it is bound again',
      10_000,
      ['closes, bound: executor 1 with 2', 'closes, closing: executor 1 with 0'],
    ],
    [
      'all goes but the executor, which is bound again, and what was written is given up',
      1_000,
      ['closes, bound: executor 1 with 2', 'closes, closing: executor 1 with 0'],
    ],
    [
      'the executor gets a child, and another takes its name',
      10_000,
      [
        'closes, deleted: gone',
        'in-use, created: executor 1 with 2',
        'closes, created: executor 2 with 0',
        'closes, unknown-parent: gone',
      ],
    ],
    ['the machine dies', 10_000, ['closes: gone', 'crashed: gone']],
    ['the machine dies, and what was written is given up', 1_000, ['closes: gone', 'crashed: gone']],
  ])(
    '%s: nothing is removed that runs or is not saved, and everything is removed in the end',
    (name, floor, ends) => {
      const found = explore(closing(casts[name]));
      expect(Object.fromEntries(found.faults)).toEqual({});
      expect(found.stuck).toBe(0);
      expect(found.states).toBeGreaterThan(floor);
      expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
    },
  );

  const goes = 'all goes while it is bound again';
  const stays = 'all goes but the executor, while it is bound again';
  const child = 'the executor gets a child, and another takes its name';
  it.each<[ClosingFlaw, Cast, fault: string]>([
    ['a step does not require the composition as it was read', stays, 'what runs was taken out'],
    ['a bind does not mind that it closes', goes, 'bound while it closes'],
    ['members leave while a task runs', goes, 'what runs was taken out'],
    ['a volume leaves while it is saved', goes, 'what was written is lost'],
    ['what runs is lost without a fence', goes, 'what runs is lost'],
    ['whatever executor has the name is deleted', child, 'another of its name is deleted'],
    ['an executor is deleted without a guard', child, 'a child of nobody'],
    ['an executor is deleted without a look for children', child, 'a child of nobody'],
  ])('it is unsafe if %s', (flaw, name, fault) => {
    expect([...explore(closing(casts[name], flaw), fault).faults.keys()]).toContain(fault);
  });

  it.each<[ClosingFlaw, Cast]>([
    ['the sweeper does not go on', goes],
    ['a save does not call for supervision, and the sweeper does not go on', goes],
  ])('it may never end if %s', (flaw, name) => {
    const found = explore(closing(casts[name], flaw));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBeGreaterThan(0);
  });
});
