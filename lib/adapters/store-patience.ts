/**
 * The variable with the milliseconds that a store on this machine may take: a slow answer of a busy machine does
 * not mean that the store is down.
 */
export const STORE_PATIENCE = 'TASKPORT_STORE_PATIENCE_MS';

/** The milliseconds that a store may take: this default for AWS, or those that the environment sets. */
export const storePatience = (milliseconds: number): number =>
  Number(process.env[STORE_PATIENCE] ?? milliseconds);
