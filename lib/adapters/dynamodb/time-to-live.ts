export const secondsNow = (): number => Math.floor(Date.now() / 1000);

/**
 * Has DynamoDB take a row away after `seconds`: free of charge, hours late at times, and only while the row still says so. An engine that
 * does not do this keeps the row.
 */
export const expiring = (seconds: number) => ({ expiresAt: secondsNow() + seconds });
