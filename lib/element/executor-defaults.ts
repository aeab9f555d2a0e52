/** The values of fields that an executor does not set. */
export const executorSpecDefaults = {
  network: { mode: 'bridge', ports: [] },
  extraHosts: [],
  shmSize: 64 * 2 ** 20,
} as const;
/** The default protocol of a published port. */
export const PROTOCOL = 'tcp';
