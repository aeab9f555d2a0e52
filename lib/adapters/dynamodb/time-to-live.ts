export const DAY_SECONDS = 24 * 3600;
/** Seconds for which the row of a deleted element or tag stays. */
export const GONE_SECONDS = 24 * 3600;

export const secondsNow = (): number => Math.floor(Date.now() / 1000);

/**
 * Makes DynamoDB delete a row after `seconds`: free of charge, sometimes hours late, and only while the row still has this value. An engine
 * without this feature keeps the row.
 */
export const expiring = (seconds: number) => ({ expiresAt: secondsNow() + seconds });
