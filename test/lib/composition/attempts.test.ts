import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rememberAttempts } from '../../../lib/composition/attempts.ts';
import { storageOf, taskOf } from './some-composition.ts';

const nothing = { attempts: {}, attemptFloor: 0 };
const leaving = (name: string, attempt: number) => taskOf(name, { attempt });

describe('the attempts of tasks that left', () => {
  it('are remembered, except for tasks that never ran', () => {
    const members = [leaving('ran', 3), leaving('idle', 0), storageOf('root', '/')];
    expect(rememberAttempts(nothing, members)).toEqual({
      attempts: { 'task://jobs/ran': 3 },
      attemptFloor: 0,
    });
  });

  it('are the latest ones', () => {
    const once = rememberAttempts(nothing, [leaving('a', 3)]);
    expect(rememberAttempts(once, [leaving('a', 5)]).attempts).toEqual({ 'task://jobs/a': 5 });
  });

  it('raise the floor if they are too many, beginning with the first to leave', () => {
    const fifty = Array.from({ length: 50 }, (_, at) => leaving(`t${at}`, at === 0 ? 9 : 1));
    const full = rememberAttempts(nothing, fifty);
    expect(full.attemptFloor).toBe(0);
    const again = rememberAttempts(full, [leaving('t0', 10)]);
    const more = rememberAttempts(again, [leaving('other', 1)]);
    expect(more.attemptFloor).toBe(1);
    expect(Object.keys(more.attempts)).toHaveLength(50);
    expect(more.attempts['task://jobs/t0']).toBe(10);
    expect(more.attempts).not.toHaveProperty(['task://jobs/t1']);
  });

  it('are never repeated, however many tasks join, run and leave', () => {
    const visit = fc.record({ name: fc.nat(70).map(String), runs: fc.nat(4) });
    fc.assert(
      fc.property(fc.array(visit, { minLength: 60, maxLength: 200 }), (visits) => {
        let memory: ReturnType<typeof rememberAttempts> = nothing;
        const last = new Map<string, number>();
        for (const { name, runs } of visits) {
          const id = `task://jobs/${name}`;
          const begun = memory.attempts[id] ?? memory.attemptFloor;
          expect(begun).toBeGreaterThanOrEqual(last.get(id) ?? 0);
          if (runs > 0) last.set(id, begun + runs);
          memory = rememberAttempts(memory, [leaving(name, begun + runs)]);
          expect(Object.keys(memory.attempts).length).toBeLessThanOrEqual(50);
        }
      }),
      { numRuns: 30 },
    );
  });
});
