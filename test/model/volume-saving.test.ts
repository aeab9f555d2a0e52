import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { casts } from './saving-scenarios.ts';
import { type SavingFlaw, volumeSaving } from './volume-saving.ts';

type Cast = keyof typeof casts;

describe('volumes keep the writes of tasks (ADR 44)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  it.each<[Cast, number, string[]]>([
    [
      'one binds again at once, and what was asked before arrives late',
      10_000,
      ['bound saving bound saving: of 0ww', 'bound unbound bound unbound: of 0'],
    ],
    [
      'one binds again while the data is refused and an upload is given up',
      2_000,
      ['bound saving bound saving: of 0w'],
    ],
    ['two executors take turns on two engines', 2_000, ['bound saving, bound saving: of 0ww']],
    [
      'one discards what it wrote, and another binds on the same engine',
      4_000,
      ['bound discarded left, bound saving: of 0w', 'bound discarded left, bound saving: of 0w kept 1'],
    ],
    [
      'an administrator releases it, another binds, and the machine returns',
      10_000,
      ['bound saving, released, bound saving: of 0w kept 1', 'bound saving, nothing, bound saving: of 0ww'],
    ],
    [
      'a machine dies for good',
      10_000,
      ['bound saving, released, bound saving: of 0w', 'bound saving, nothing, bound saving: of 0w'],
    ],
    [
      'another engine takes the lease',
      10_000,
      ['bound saving bound saving: of 0ww', 'bound saving bound saving: of 0w'],
    ],
    ['two runners are on one engine', 30_000, ['bound saving bound saving: of 0ww']],
    [
      'a child is created while one binds',
      1_000,
      [
        'in-use not-bound left, created: of 0',
        'bound saving left, volume-attached: of 0w',
        'gone, created: of 0',
      ],
    ],
    [
      'two bind while a child is created',
      10_000,
      [
        'in-use not-bound, in-use not-bound, created: of 0',
        'bound saving, bound saving, volume-attached: of 0w',
      ],
    ],
    [
      'one composes with it at once while a child is created',
      1_000,
      [
        'in-use not-bound left, created: of 0',
        'bound saving left, volume-attached: of 0w',
        'gone, created: of 0',
      ],
    ],
    [
      'two compose with it at once while it is deleted',
      1_000,
      [
        'bound saving left, bound saving, in-use: of 0w',
        'not-found not-bound left, not-found not-bound, deleted:',
      ],
    ],
    [
      'its data is replaced by hand',
      1_000,
      ['joined bound saving left, in-use: of 0w', 'joined bound saving left, replaced: of 1w'],
    ],
    ['it is deleted', 200, ['bound saving left, in-use: of 0w', 'bound saving left, deleted:']],
  ])(
    '%s: nothing is lost that nobody gave up, and nothing is saved that nobody wrote',
    (name, floor, ends) => {
      const found = explore(volumeSaving(casts[name]));
      expect(Object.fromEntries(found.faults)).toEqual({});
      expect(found.stuck).toBe(0);
      expect(found.states).toBeGreaterThan(floor);
      expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
    },
  );

  const again = 'one binds again at once, and what was asked before arrives late';
  const refused = 'one binds again while the data is refused and an upload is given up';
  const turns = 'two executors take turns on two engines';
  const lease = 'another engine takes the lease';
  const child = 'a child is created while one binds';
  const composed = 'one composes with it at once while a child is created';
  const replaced = 'its data is replaced by hand';
  const lost = 'what was written is lost';
  const over = 'somebody writes on what is over';
  const nobodys = 'a state is saved that nobody wrote';
  it.each<[SavingFlaw, Cast, fault: string]>([
    ['a bind does not fence', child, 'a child of what changed'],
    ['a bind raises no guard', child, 'a child of what changed'],
    ['a bind commits without its guard', child, 'a child of what changed'],
    ['a bind commits without its guard', composed, 'a child of what changed'],
    [
      'a bind commits without its guard',
      'two compose with it at once while it is deleted',
      'a row of nobody',
    ],
    [
      'a bind reads what the volume has before it raises its guard',
      turns,
      'the base is not what the volume has',
    ],
    ['a bind does not mind a row', turns, 'bound, and not attached'],
    ['a create does not look at the row', child, 'a child of what changed'],
    ['a create looks at the row before it looks at the guard', child, 'a child of what changed'],
    ['a rebind is another attachment', refused, lost],
    ['a rebind forgets the engine', lease, 'two engines write'],
    ['a rebind leaves the upload', refused, 'an upload of nobody'],
    ['an unbind detaches though an engine may write by now', turns, over],
    ['an executor leaves while it saves', child, 'a row of nobody'],
    ['a claim does not mind another engine', lease, 'two engines write'],
    ['a claim is granted while it saves', 'two runners are on one engine', nobodys],
    ['a container is made after its claim', 'two runners are on one engine', nobodys],
    ['a container starts before its claim', turns, over],
    ['an engine says that nothing changed where it has nothing', turns, lost],
    ['a save names no round', again, lost],
    ['a save that begins leaves the row as it is', refused, 'an upload of nobody'],
    ['an engine compares while a container writes', turns, nobodys],
    ['an engine compares with what was there at the last bind', refused, lost],
    [
      'a copy is one for its volume',
      'one discards what it wrote, and another binds on the same engine',
      nobodys,
    ],
    ['an acceptance does not require the volume as it was read', refused, 'what the volume has is removed'],
    ['a refusal ends the attachment', refused, lost],
    ['an upload that is given up leaves the row', refused, 'an upload of nobody'],
    [
      'a release leaves the upload',
      'an administrator releases it, another binds, and the machine returns',
      'an upload of nobody',
    ],
    [
      'a machine that returns takes what is gone for saved',
      'an administrator releases it, another binds, and the machine returns',
      'what was given up by another is removed',
    ],
  ])('it is unsafe if %s', (flaw, name, fault) => {
    expect([...explore(volumeSaving(casts[name], flaw), fault).faults.keys()]).toContain(fault);
  });

  it.each<[SavingFlaw, Cast]>([
    ['a save that begins waits for a replacement', replaced],
    ['a save that begins needs the lease', lease],
  ])('it may never end if %s', (flaw, name) => {
    const found = explore(volumeSaving(casts[name], flaw));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBeGreaterThan(0);
  });
});
