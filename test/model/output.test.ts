import { describe, expect, it } from 'vitest';
import { explore } from './checker.ts';
import { type OutputFlaw, outputOf } from './output.ts';

describe('two runners write the output of an attempt (ADR 38)', () => {
  it.each([
    ['an answer is lost and another writes too', { losses: 1, copies: 0, writers: 2 }, 'done, done'],
    ['a request is heard once more, later', { losses: 1, copies: 1, writers: 1 }, 'done'],
  ] as const)(
    'where %s, no line is lost, none is there twice, and what was read stays',
    (_, mishaps, end) => {
      const found = explore(outputOf(mishaps));
      expect(Object.fromEntries(found.faults)).toEqual({});
      expect(found.stuck).toBe(0);
      expect(found.states).toBeGreaterThan(1_000);
      expect([...found.outcomes]).toContain(end);
    },
  );

  it.each<[OutputFlaw, string, losses?: number]>([
    ['a segment is added without regard to what it follows', 'a line is missing, or there twice'],
    ['who goes on does not doubt first', 'a line is missing, or there twice'],
    ['one doubt is like another', 'a line is missing, or there twice', 1],
    ['what is in doubt is read', 'a line is missing, or there twice'],
    ['the last is not looked at once more', 'it was said that all is there'],
  ])('it is unsafe if %s', (flaw, fault, losses = 0) => {
    expect([...explore(outputOf({ losses, copies: 0, writers: 2 }, flaw)).faults.keys()]).toContain(fault);
  });
});
