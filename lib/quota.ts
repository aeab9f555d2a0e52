import type { Principal } from './principal.ts';

/** Calls are counted by minutes of the clock. */
export const MINUTE_MS = 60_000;

/** Counts calls of principals. */
export interface CallCounter {
  /**
   * Counts a call in the window that begins at `from` (milliseconds since 1970), unless it has `limit` calls
   * already. Answers whether it counted.
   */
  count(principal: Principal, from: number, limit: number): Promise<boolean>;
}

/** The calls that one principal may make. */
export interface Quota {
  readonly counter: CallCounter;
  readonly requestsPerMinute: number;
  readonly now: () => number;
}

/**
 * Counts a call. If it exceeds the quota, answers the seconds until another call is possible; otherwise
 * undefined.
 */
export const countCall = async (
  { counter, requestsPerMinute, now }: Quota,
  principal: Principal,
): Promise<number | undefined> => {
  const at = now();
  const from = at - (at % MINUTE_MS);
  if (await counter.count(principal, from, requestsPerMinute)) return undefined;
  return Math.max(1, Math.ceil((from + MINUTE_MS - at) / 1000));
};
