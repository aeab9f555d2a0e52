import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { type LeaseCast, type LeaseFlaw, runnerLease } from './runner-lease.ts';

const casts = {
  'one is cut off while another takes over': { engines: [0, 1], takesOver: [false, true], begun: true },
  'one crashes while another takes over': {
    ...{ engines: [0, 1], takesOver: [false, true], begun: true },
    crashes: true,
  },
  'one crashes while another waits': { engines: [0, 1], begun: true, crashes: true },
  'another comes on the same engine': { engines: [0, 0], begun: true, crashes: true },
  'an administrator fences one': { engines: [0, 1], begun: true, fences: 1, crashes: true },
  'one leaves while another waits': { engines: [0, 1], begun: true, leaves: true, crashes: true },
  'another comes on the same engine and leaves': { engines: [0, 0], begun: true, leaves: true },
  'one comes and leaves, and copies of what it sent arrive late': {
    ...{ engines: [0], leaves: true, claims: 2 },
    lateCopies: true,
  },
  'two come at once': { engines: [0, 1], crashes: true },
  'each takes over from the other, and copies arrive late': {
    ...{ engines: [0, 1], takesOver: [true, true], begun: true },
    lateCopies: true,
  },
} satisfies Record<string, LeaseCast>;
type Cast = keyof typeof casts;

describe('one runner at a time (ADR 43)', () => {
  /** The least number of states, and outcomes that must be possible: a model without activity would prove nothing. */
  it.each<[Cast, number, string[]]>([
    [
      'one is cut off while another takes over',
      1_000,
      ['interrupted, left', 'interrupted, interrupted', 'interrupted, interrupted; at a risk'],
    ],
    [
      'one crashes while another takes over',
      2_000,
      ['crashed, left', 'crashed, interrupted; at a risk', 'crashed, crashed'],
    ],
    ['one crashes while another waits', 500, ['crashed, left', 'interrupted, left']],
    ['another comes on the same engine', 2_000, ['crashed, interrupted', 'left, interrupted']],
    ['an administrator fences one', 2_000, ['crashed, interrupted; at a risk', 'interrupted, interrupted']],
    ['one leaves while another waits', 1_000, ['left, left', 'left, interrupted']],
    [
      'another comes on the same engine and leaves',
      2_000,
      ['left, left', 'interrupted, left', 'left, interrupted'],
    ],
    ['one comes and leaves, and copies of what it sent arrive late', 500, ['left', 'interrupted']],
    ['two come at once', 1_000, ['interrupted, left', 'left, interrupted']],
    ['each takes over from the other, and copies arrive late', 5_000, ['interrupted, interrupted']],
  ])('%s: no task runs on two engines, unless that risk was accepted explicitly', (name, floor, ends) => {
    const found = explore(runnerLease(casts[name]));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(floor);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });

  it('a suspended machine is a risk only of a takeover', () => {
    const suspended: LeaseCast = { engines: [0, 1], begun: true, suspends: true };
    expect([...explore(runnerLease(suspended)).outcomes]).not.toContain('suspended, interrupted; at a risk');
    const taken = explore(runnerLease({ ...suspended, takesOver: [false, true] }));
    expect([...taken.outcomes]).toContain('suspended, interrupted; at a risk');
  });

  const twice = 'a task runs on two engines';
  const nobodys = 'nobody has the lease that is held';
  const free = 'the lease is free, and a runner may start the task';
  it.each<[LeaseFlaw, Cast, fault: string]>([
    ['the term counts from the answer', 'one is cut off while another takes over', twice],
    ['who takes over waits for the term alone', 'one is cut off while another takes over', twice],
    ['a fence does not wait', 'an administrator fences one', twice],
    ['another engine adopts', 'one crashes while another waits', twice],
    ['who leaves does so before its tasks have ended', 'one leaves while another waits', twice],
    [
      'who leaves does not wait for the runner before it on its engine',
      'another comes on the same engine and leaves',
      free,
    ],
    ['the clock of a runner can be set back', 'one is cut off while another takes over', twice],
    [
      'a renewal does not require the epoch',
      'one comes and leaves, and copies of what it sent arrive late',
      nobodys,
    ],
    [
      'a claim does not require the epoch that was read',
      'one comes and leaves, and copies of what it sent arrive late',
      nobodys,
    ],
    [
      'a claim is sent though the lease was read to be held',
      'each takes over from the other, and copies arrive late',
      nobodys,
    ],
  ])('it is unsafe if %s', (flaw, cast, fault) => {
    expect([...explore(runnerLease(casts[cast], flaw)).faults.keys()]).toContain(fault);
  });
});
