import type { Engine, Execution } from './engine.ts';
import { checked, type HealthCheck, healthy } from './health.ts';

/** Waits that long, or until it is aborted. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Milliseconds before something is tried again that the service did not answer, or answered by what is not so any more. */
export const RETRY_MS = 500;

/** Checks an attempt as often as its health check says; true once it is unhealthy, false once it is aborted. */
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
