import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endedAt } from '../../../cli/docker/exit.ts';

const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

it('is the time of the engine, unless that is before the start', () =>
  fc.assert(
    fc.property(time, time, (started, finished) => {
      const at = endedAt({ StartedAt: started.toISOString(), FinishedAt: finished.toISOString() });
      expect(at).toBe((started > finished ? started : finished).toISOString());
    }),
  ));

it('is unknown for a running container, and the end of one that never started', () => {
  const [never, finished] = ['0001-01-01T00:00:00Z', '2026-01-31T12:00:00.123456789Z'];
  expect(endedAt({ StartedAt: finished, FinishedAt: never })).toBeUndefined();
  expect(endedAt({ StartedAt: never, FinishedAt: finished })).toBe('2026-01-31T12:00:00.123Z');
});
