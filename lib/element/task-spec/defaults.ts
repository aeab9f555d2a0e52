import type { TaskSpec } from '../task-spec.ts';

/** The mode of a directory in memory. */
export const TMPFS_MODE = 0o1777;

/**
 * The values of fields that neither a task nor its parents set. A stored specification contains only the fields
 * that users set; runners take the rest from here. Fields that are missing here have no default.
 */
export const taskSpecDefaults = {
  process: {
    cwd: '/',
    env: [],
    user: { uid: 0, gid: 0, umask: 0o022, additionalGids: [] },
    terminal: false,
    init: true,
    capabilities: { add: [], drop: [] },
    noNewPrivileges: false,
    rlimits: [],
  },
  secrets: [],
  interaction: { attach: false, openStdin: false, stdinOnce: false },
  resources: { cpu: { shares: 1024, period: 100_000 } },
  deadlines: { stopSeconds: 30 },
  restart: {
    mode: 'never',
    delaySeconds: 10,
    backoff: 2,
    maxDelaySeconds: 300,
    resetSeconds: 300,
    ignoredExitCodes: [],
  },
  stop: { signal: 'TERM' },
  logging: { stdout: 'default', stderr: 'default' },
  root: { readOnly: false },
  tmpfs: [],
  healthCheck: { intervalSeconds: 30, timeoutSeconds: 5, retries: 3, startPeriodSeconds: 0 },
  annotations: {},
} satisfies TaskSpec;
