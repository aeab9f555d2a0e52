import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { type LogFlaw, logOfEvents, type Version } from './log-of-events.ts';

describe('the event log gets its shards (ADR 28)', () => {
  /** The least number of states, and outcomes that must be possible. */
  it.each<[string, Version[], number, string[]]>([
    [
      'while the version before writes',
      ['former', 'sharding'],
      500,
      ['done, done; sealed', 'failed, done; sealed', 'done, crashed; unsealed', 'crashed, crashed; sealed'],
    ],
    [
      'from two processes at once',
      ['sharding', 'sharding'],
      500,
      ['done, done; sealed', 'done, crashed; sealed', 'crashed, crashed; sealed'],
    ],
    [
      'and another goes back to the release between',
      ['former', 'sharding', 'between'],
      10_000,
      [
        'failed, done, done; sealed',
        'done, done, done; sealed',
        'failed, crashed, done; sealed',
        'done, crashed, done; unsealed',
      ],
    ],
  ])('%s: nothing is lost or repeated, and each record is in order', (_, versions, floor, ends) => {
    const found = explore(logOfEvents(versions));
    expect(Object.fromEntries(found.faults)).toEqual({});
    expect(found.stuck).toBe(0);
    expect(found.states).toBeGreaterThan(floor);
    expect([...found.outcomes]).toEqual(expect.arrayContaining(ends));
  });

  it.each<[LogFlaw, Version[], fault: string]>([
    ['the seal keeps the position', ['former', 'sharding'], 'the reader misses an event'],
    ['the seal does not require the position', ['former', 'sharding'], 'the reader misses an event'],
    ['who writes does not require the head', ['former', 'sharding'], 'a record is out of order'],
    ['who writes does not ask the histories', ['sharding', 'between'], 'an event is there twice'],
    ['who goes back writes the one sequence again', ['sharding', 'between'], 'a record is out of order'],
    ['the reader leaves the one sequence before its end', ['sharding'], 'the reader misses an event'],
    ['the reader looks for the head after the events', ['sharding'], 'the reader misses an event'],
  ])('it is unsafe if %s', (flaw, versions, fault) => {
    expect([...explore(logOfEvents(versions, flaw)).faults.keys()]).toContain(fault);
  });
});
