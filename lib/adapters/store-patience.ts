/** Names the milliseconds that a store may take, where it runs on this machine: a busy machine is no store that is down. */
export const STORE_PATIENCE = 'TASKPORT_STORE_PATIENCE_MS';

/** What a store on AWS may take, in milliseconds, or what the environment says instead. */
export const storePatience = (milliseconds: number): number =>
  Number(process.env[STORE_PATIENCE] ?? milliseconds);
