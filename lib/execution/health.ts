import type { filledHealthCheck } from '../composition/plan/filled.ts';

export type HealthCheck = NonNullable<ReturnType<typeof filledHealthCheck>>;

/** How often in a row a task failed its check. */
export interface Health {
  readonly failures: number;
  readonly isUnhealthy: boolean;
}

export const healthy: Health = { failures: 0, isUnhealthy: false };

/**
 * What one more check makes of a task's health (ECS API, HealthCheck): it is unhealthy once `retries` checks in a row have
 * failed; those that fail within `startPeriodSeconds` of its start do not count.
 */
export const checked = (
  { failures }: Health,
  { retries, startPeriodSeconds }: HealthCheck,
  isWell: boolean,
  secondsSinceStart: number,
): Health => {
  if (isWell) return healthy;
  if (secondsSinceStart < startPeriodSeconds) return { failures, isUnhealthy: false };
  return { failures: failures + 1, isUnhealthy: failures + 1 >= retries };
};
