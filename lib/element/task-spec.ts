import * as z from 'zod/mini';
import { wellFormed } from '../validation.ts';

/**
 * The specification of a task. Names follow the OCI runtime specification (config.md); every field is
 * optional, since a task may inherit what it does not say and may be metadata only.
 */

const text = (max: number) =>
  z.string().check(
    z.maxLength(max),
    wellFormed,
    z.refine((value) => !value.includes('\0'), 'must not contain NUL'),
  );
const absolutePath = text(4096).check(z.refine((value) => value.startsWith('/'), 'must be an absolute path'));
const integer = (min: number, max: number) => z.int().check(z.minimum(min), z.maximum(max));
const list = <T extends z.ZodMiniType>(item: T, max: number) => z.array(item).check(z.maxLength(max));
const uniqueBy = <T>(key: (item: T) => unknown, message: string) =>
  z.refine<T[]>((items) => new Set(items.map(key)).size === items.length, message);

const ID32 = 2 ** 32 - 2;
const seconds = (max: number) => integer(0, max);
const YEAR = 366 * 24 * 3600;
const DAY = 24 * 3600;

const environmentName = z
  .string()
  .check(z.regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,254}$/, 'must be a variable name'));
const capability = z
  .string()
  .check(z.regex(/^CAP_[A-Z_]{1,40}$|^ALL$/, 'must be a capability such as `CAP_NET_ADMIN`, or `ALL`'));
const signal = z.string().check(z.regex(/^(SIG)?[A-Z][A-Z0-9+-]{1,11}$/, 'must be a signal such as `TERM`'));
const exitCodes = list(integer(0, 255), 256);

/** Either numbers, or a name that the root filesystem resolves. */
const user = z.union(
  [
    z.strictObject({
      uid: integer(0, ID32),
      gid: integer(0, ID32),
      umask: z.optional(integer(0, 0o777)),
      additionalGids: z.optional(list(integer(0, ID32), 64)),
    }),
    z.strictObject({
      username: z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/, 'must be a user name')),
    }),
  ],
  { error: 'must be {"uid", "gid", "umask"?, "additionalGids"?} or {"username"}' },
);

const process = z.strictObject({
  args: z.optional(list(text(32_768), 1024).check(z.minLength(1))),
  cwd: z.optional(absolutePath),
  env: z.optional(
    list(z.strictObject({ name: environmentName, value: text(32_768) }), 256).check(
      uniqueBy((variable) => variable.name, 'names a variable twice'),
    ),
  ),
  user: z.optional(user),
  terminal: z.optional(z.boolean()),
  capabilities: z.optional(
    z.strictObject({ add: z.optional(list(capability, 64)), drop: z.optional(list(capability, 64)) }),
  ),
  noNewPrivileges: z.optional(z.boolean()),
  rlimits: z.optional(
    list(
      z
        .strictObject({
          type: z.string().check(z.regex(/^RLIMIT_[A-Z]{2,12}$/, 'must be a limit such as `RLIMIT_NOFILE`')),
          soft: integer(0, Number.MAX_SAFE_INTEGER),
          hard: integer(0, Number.MAX_SAFE_INTEGER),
        })
        .check(
          z.refine((limit) => limit.soft <= limit.hard, {
            path: ['soft'],
            message: 'must not be more than `hard`',
          }),
        ),
      16,
    ).check(uniqueBy((limit) => limit.type, 'names a limit twice')),
  ),
});

/** References only: the value of a secret is never part of a specification. */
const secrets = list(
  z.strictObject({
    name: environmentName,
    valueFrom: text(2048).check(z.minLength(1)),
    target: z.enum(['env', 'file']),
  }),
  64,
).check(uniqueBy((secret) => secret.name, 'names a secret twice'));

/** Quotas and limits: bytes of memory, CPU shares and microseconds, numbers of processes. */
export const resources = z.strictObject({
  memory: z.optional(
    z
      .strictObject({
        limit: z.optional(integer(4 * 2 ** 20, 2 ** 50)),
        reservation: z.optional(integer(4 * 2 ** 20, 2 ** 50)),
      })
      .check(
        z.refine((memory) => (memory.reservation ?? 0) <= (memory.limit ?? Number.POSITIVE_INFINITY), {
          path: ['reservation'],
          message: 'must not be more than `limit`',
        }),
      ),
  ),
  cpu: z.optional(
    z.strictObject({
      shares: z.optional(integer(2, 262_144)),
      quota: z.optional(integer(1_000, 10 ** 9)),
      period: z.optional(integer(1_000, 1_000_000)),
    }),
  ),
  pids: z.optional(integer(1, 4_194_304)),
});

const restart = z.strictObject({
  mode: z.optional(z.enum(['never', 'on-failure', 'always'])),
  attempts: z.optional(integer(0, 10_000)),
  delaySeconds: z.optional(seconds(DAY)),
  backoff: z.optional(z.number().check(z.minimum(1), z.maximum(10))),
  maxDelaySeconds: z.optional(seconds(DAY)),
  ignoredExitCodes: z.optional(exitCodes),
  retryableExitCodes: z.optional(exitCodes),
});

const sink = z.union(
  [
    z.enum(['default', 'none']),
    z.string().check(z.regex(/^log:\/\/[a-z0-9-]{1,63}\/[A-Za-z0-9][A-Za-z0-9._:@+-]{0,254}$/)),
  ],
  {
    error: 'must be a log ID, `default` or `none`',
  },
);

const healthCheck = z.strictObject({
  command: list(text(4096), 64).check(z.minLength(1)),
  intervalSeconds: z.optional(integer(1, 3600)),
  timeoutSeconds: z.optional(integer(1, 3600)),
  retries: z.optional(integer(1, 100)),
  startPeriodSeconds: z.optional(seconds(3600)),
});

const annotations = z
  .record(text(256).check(z.minLength(1)), text(4096))
  .check(z.refine((map) => Object.keys(map).length <= 64, 'has at most 64 entries'));

export const taskSpec = z.strictObject({
  process: z.optional(process),
  secrets: z.optional(secrets),
  interaction: z.optional(
    z.strictObject({
      attach: z.optional(z.boolean()),
      openStdin: z.optional(z.boolean()),
      stdinOnce: z.optional(z.boolean()),
    }),
  ),
  resources: z.optional(resources),
  deadlines: z.optional(
    z.strictObject({
      startSeconds: z.optional(seconds(YEAR)),
      runSeconds: z.optional(seconds(YEAR)),
      notAfter: z.optional(z.iso.datetime()),
      stopSeconds: z.optional(seconds(DAY)),
    }),
  ),
  restart: z.optional(restart),
  stop: z.optional(z.strictObject({ signal: z.optional(signal) })),
  logging: z.optional(z.strictObject({ stdout: z.optional(sink), stderr: z.optional(sink) })),
  root: z.optional(z.strictObject({ readOnly: z.optional(z.boolean()) })),
  healthCheck: z.optional(healthCheck),
  annotations: z.optional(annotations),
});
