import type { filledHealthCheck } from '../composition/plan/filled.ts';

export type HealthCheck = NonNullable<ReturnType<typeof filledHealthCheck>>;

/** The number of consecutive checks that a task failed. */
export interface Health {
  readonly failures: number;
  readonly isUnhealthy: boolean;
}

export const healthy: Health = { failures: 0, isUnhealthy: false };

/**
 * The health of a task after one more check (ECS API, HealthCheck): it is unhealthy after `retries` consecutive
 * failures; failures within `startPeriodSeconds` of its start do not count.
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
