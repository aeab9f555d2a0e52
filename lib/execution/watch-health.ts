import type { Engine, Execution } from './engine.ts';
import { checked, type HealthCheck, healthy } from './health.ts';

/** Waits for this time, or until it is aborted. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Milliseconds before a retry after the service did not answer, or its answer was outdated. */
export const RETRY_MS = 500;

/** Checks an attempt at the interval of its health check; true when it is unhealthy, false when it is aborted. */
export const watchHealth = async (
  engine: Pick<Engine, 'check'>,
  { attempt, startedAt }: Execution,
  check: HealthCheck,
  { wait, now, abort }: { readonly wait: Wait; readonly now: () => number; readonly abort: AbortSignal },
): Promise<boolean> => {
  let health = healthy;
  for (;;) {
    await wait(check.intervalSeconds * 1000, abort);
    if (abort.aborted) return false;
    const isWell = await engine.check(attempt).catch(() => false);
    if (abort.aborted) return false;
    health = checked(health, check, isWell, (now() - Date.parse(startedAt)) / 1000);
    if (health.isUnhealthy) return true;
  }
};
