import { expect, it } from 'vitest';
import { formatBytes, formatProgress } from '../../../cli/progress-line.ts';

const MIB = 2 ** 20;

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [5 * MIB, '5.0 MiB'],
  [40 * 1024 * MIB, '40.0 GiB'],
])('prints bytes with units: %i', (bytes, said) => {
  expect(formatBytes(bytes)).toBe(said);
});

it('shows the amount, the speed, and the remaining time', () => {
  const progress = { phase: 'sending', done: 10 * MIB, size: 40 * MIB } as const;
  expect(formatProgress(progress, 5_000)).toBe('sending 10.0 MiB of 40.0 MiB, 2.0 MiB/s, 15 s left');
  expect(formatProgress(progress, 60_000)).toMatch(/, 3 min left$/);
  expect(formatProgress({ ...progress, done: 40 * MIB }, 5_000)).toBe(
    'sending 40.0 MiB of 40.0 MiB, 8.0 MiB/s',
  );
  expect(formatProgress({ ...progress, done: 0 }, 0)).toBe('sending 0 B of 40.0 MiB, 0 B/s');
  expect(formatProgress({ ...progress, phase: 'verifying' }, 0)).toBe('verifying');
});
