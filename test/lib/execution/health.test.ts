import { expect, it } from 'vitest';
import { checked, type HealthCheck, healthy } from '../../../lib/execution/health.ts';

const check: HealthCheck = {
  command: ['/bin/ok'],
  intervalSeconds: 10,
  timeoutSeconds: 5,
  retries: 3,
  startPeriodSeconds: 30,
};

/** The result after checks ten seconds apart, from the given second on. */
const after = (from: number, ...checks: boolean[]): boolean =>
  checks.reduce((health, isWell, at) => checked(health, check, isWell, from + at * 10), healthy).isUnhealthy;

it('is bad after a number of failures in a row', () => {
  expect(after(100, false, false)).toBe(false);
  expect(after(100, false, false, false)).toBe(true);
});

it('is good again after a successful check', () => {
  expect(after(100, false, false, true, false, false)).toBe(false);
});

it('does not count failures during the start period', () => {
  expect(after(0, false, false, false, false, false)).toBe(false);
  expect(after(0, false, false, false, false, false, false)).toBe(true);
});
