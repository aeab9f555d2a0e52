import { MOST_LOG_SHARDS } from '../event/event-log.ts';

/**
 * Environment variables that name the resources of a function; the stack and the local host set them. `store` is `enforcing` or `trusting`:
 * whether the bucket holds signed requests to what was signed. `log` is the table of events, and `auditDays` the retention of the audit trail.
 * `failures` is the bucket of batches that were set aside, and `publish` and `audit` are the ARNs of the functions that handle them. `handles` is
 * the name of the deployment's own table, which seals handles even if the deployment uses a restored table. `alarmGroup` is the group of
 * schedules, which put events on the bus by `alarmRole`. `deployment` is the namespace of metrics. `dataOrigin` is the origin of signed requests
 * for data. `registrySecret` signs credentials of the registry.
 */
export const environmentNames = {
  deployment: 'TASKPORT_DEPLOYMENT',
  table: 'TASKPORT_TABLE',
  handles: 'TASKPORT_HANDLES',
  bucket: 'TASKPORT_BUCKET',
  dataOrigin: 'TASKPORT_DATA_ORIGIN',
  bus: 'TASKPORT_BUS',
  store: 'TASKPORT_STORE',
  log: 'TASKPORT_LOG_TABLE',
  auditDays: 'TASKPORT_AUDIT_DAYS',
  failures: 'TASKPORT_FAILURES',
  publish: 'TASKPORT_PUBLISH_FUNCTION',
  audit: 'TASKPORT_AUDIT_FUNCTION',
  busArn: 'TASKPORT_BUS_ARN',
  alarmGroup: 'TASKPORT_ALARM_GROUP',
  alarmRole: 'TASKPORT_ALARM_ROLE',
  registrySecret: 'TASKPORT_REGISTRY_SECRET',
} as const;

/** The number of calls that one principal may make in a minute; set if the deployment limits them. */
export const REQUESTS_PER_MINUTE = 'TASKPORT_REQUESTS_PER_MINUTE';

/** The number of shards of the log of events; set if the deployment chooses it. */
export const LOG_SHARDS = 'TASKPORT_LOG_SHARDS';

/**
 * Seconds of silence of a runner after which another engine may take its tasks; set if the deployment chooses
 * them.
 */
export const SILENCE_SECONDS = 'TASKPORT_SILENCE_SECONDS';

/** The administrators of the deployment: principals, as a JSON list; set if there are any. */
export const ADMINISTRATORS = 'TASKPORT_ADMINISTRATORS';

/** The engines of the deployment that locations may name, as a JSON list; set if there are any. */
export const ENGINES = 'TASKPORT_ENGINES';

/** The settings for tasks on Fargate, as JSON; set for the function that runs them on ECS. */
export const FARGATE_ENGINE = 'TASKPORT_FARGATE';

/** The log group that ECS writes to; set if the deployment runs tasks on ECS. */
export const ENGINE_LOGS = 'TASKPORT_ENGINE_LOGS';

type ResourceName = keyof typeof environmentNames;

/**
 * A whole number, from 1; undefined if it is not set. Throws for anything else, since the deployment is
 * misconfigured.
 */
const readNumber = (name: string, of: string, most: number): number | undefined => {
  const given = process.env[name];
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(given) && Number(given) <= most) return Number(given);
  throw new Error(`${name} is ${given}, which is no number of ${of}`);
};

/** The limit of calls a minute of one principal; undefined if there is none. */
export const readRequestsPerMinute = (): number | undefined =>
  readNumber(REQUESTS_PER_MINUTE, 'calls', 9_999_999);

/** Seconds of silence of a runner before a takeover; undefined for the default of the service. */
export const readSilenceSeconds = (): number | undefined => readNumber(SILENCE_SECONDS, 'seconds', 86_400);

/** The number of shards of the log; undefined if the log itself decides. */
export const readLogShards = (): number | undefined => readNumber(LOG_SHARDS, 'shards', MOST_LOG_SHARDS);

/**
 * A list of names; empty if it is not set. Throws if it is no list of names, since the deployment is
 * misconfigured.
 */
const readNames = (variable: string): readonly string[] => {
  const given = process.env[variable];
  if (given === undefined) return [];
  const names: unknown = JSON.parse(given);
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new Error(`${variable} is ${given}, which is no list of names`);
};

/** The administrators of the deployment; none by default. */
export const readAdministrators = (): readonly string[] => readNames(ADMINISTRATORS);

/** The engines of the deployment; none by default. */
export const readEngines = (): readonly string[] => readNames(ENGINES);

/** The names of these resources. Throws if one is not set, since the deployment cannot work without it. */
export const readEnvironment = <R extends ResourceName>(...resources: R[]): Record<R, string> =>
  Object.fromEntries(
    resources.map((resource) => {
      const name = environmentNames[resource];
      const value = process.env[name];
      if (!value) throw new Error(`the environment variable ${name} is not set`);
      return [resource, value];
    }),
  ) as Record<R, string>;
