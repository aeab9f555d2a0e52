import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { interleavings } from './edges-and-guards.ts';
import type { Flaw } from './program.ts';
import { tagScenarios as scenarios } from './tag-scenarios.ts';

type ScenarioName = keyof typeof scenarios;

const quiet = { crashes: false, sweeper: false };

describe('tags by edges and guards (ADR 0033)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  const expectations: [ScenarioName, number, string[]][] = [
    ['a tag is set while its element is deleted', 700, ['done, deleted', 'not-found, deleted']],
    [
      'two tags are set while their element is deleted',
      30_000,
      ['done, done, deleted', 'done, not-found, deleted', 'not-found, not-found, deleted'],
    ],
    [
      'a child is created while its tagged parent is deleted',
      900,
      ['done, in-use', 'unknown-parent, deleted'],
    ],
    [
      'a tag is moved while both elements are deleted',
      15_000,
      ['done, deleted, deleted', 'not-found, deleted, deleted'],
    ],
    ['two callers move a tag while its element is deleted', 8_000, ['done, done, deleted']],
    [
      'a tag is moved while it is taken away and set anew',
      400,
      ['done, untagged + done', 'unavailable, untagged + done'],
    ],
    [
      'a tag is taken away while it is moved and its element is deleted',
      2_000,
      ['untagged, done, deleted', 'not-found, done, deleted'],
    ],
    [
      'a tagged element is deleted by two while it is created anew',
      3_000,
      ['deleted, deleted + created + done', 'not-found, deleted + created + done'],
    ],
    [
      'an element of the name is created while a tag is set and taken away',
      500,
      ['done + untagged, created + deleted', 'name-collision + not-found, created + deleted'],
    ],
    [
      'a child of the name is created while a tag is set',
      100,
      ['done, name-collision', 'name-collision, done'],
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

describe('every clause of tags is necessary', () => {
  const set: ScenarioName = 'a tag is set while its element is deleted';
  const moved: ScenarioName = 'a tag is moved while both elements are deleted';
  const twice: ScenarioName = 'two callers move a tag while its element is deleted';
  const anew: ScenarioName = 'a tag is moved while it is taken away and set anew';
  const named: ScenarioName = 'an element of the name is created while a tag is set and taken away';
  const child: ScenarioName = 'a child of the name is created while a tag is set';
  const nobodys = 'held edge without a reference';
  const both = 'a name of an element and of a tag';
  const flaws: [Flaw, ScenarioName, fault: string, lastSteps: string[]][] = [
    ['the referrer commits without its intent', set, 'orphan', ['set commits', 'delete erases']],
    ['the deleter does not fence', set, 'orphan', ['set commits', 'delete erases']],
    ['the deleter erases without its guard', set, 'orphan', ['set commits', 'delete erases']],
    ['a put intent is repeated blindly', set, 'orphan', ['delete erases', 'set commits']],
    ['a put guard is repeated blindly', set, 'orphan', ['set commits', 'delete erases']],
    [
      'the deleter takes along the tags that it saw at first',
      set,
      'orphan',
      ['delete queries the edges', 'set commits', 'delete erases'],
    ],
    [
      'the deleter takes along tags whatever they name by now',
      moved,
      nobodys,
      ['move commits', 'delete erases'],
    ],
    [
      'the deleter leaves the tags that it takes along their edges',
      set,
      nobodys,
      ['set commits', 'delete erases'],
    ],
    ['a tag is moved whatever it names by now', twice, nobodys, ['move commits', 'move2 commits']],
    [
      'a tag is moved by its revision alone',
      anew,
      nobodys,
      ['other untag: commits', 'other set: commits', 'move commits'],
    ],
    ['a tag that moves keeps its former edge', moved, nobodys, ['move commits']],
    [
      'a tag is taken away whatever it names by now',
      anew,
      nobodys,
      ['other untag: reads the tag', 'move commits', 'other untag: commits'],
    ],
    [
      'a tag is set whatever element has its name',
      named,
      both,
      ['other create: creates it', 'caller set: commits'],
    ],
    ['a tag is set whatever element has its name', child, both, ['create commits', 'set commits']],
    [
      'an element is created whatever tag has its name',
      named,
      both,
      ['caller set: commits', 'other create: creates it'],
    ],
    ['an element is created whatever tag has its name', child, both, ['set commits', 'create commits']],
  ];

  it.each(flaws)('it is unsafe if %s', (flaw, name, fault, steps) => {
    const found = explore(interleavings({ ...scenarios[name]({ flaw, lateCopies: true }), ...quiet }));
    const trace = found.faults.get(fault)?.trace ?? [];
    expect(trace.filter((step) => steps.includes(step))).toEqual(steps);
  });
});
