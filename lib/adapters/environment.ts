import { MOST_LOG_SHARDS } from '../event/event-log.ts';

/**
 * Environment variables by which a function finds its resources; set by the stack and by the local host. The
 * store is `enforcing` or `trusting`: whether the bucket holds signed requests to what they were signed for. The log is
 * the table of events; `auditDays` is for how long it tells who did what. Failures are the bucket of batches that were set
 * aside, and `publish` and `audit` the ARNs of the functions that they may have been for. Handles are sealed with the name of the
 * deployment's own table, also where it works on one that was restored. Alarms are schedules of that group, which
 * put events on the bus as that role. The deployment is what metrics stand under. The origin is where signed requests for data go.
 * The registry's secret is what its credentials are signed with.
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

/** What one principal may call in a minute; set where that is limited. */
export const REQUESTS_PER_MINUTE = 'TASKPORT_REQUESTS_PER_MINUTE';

/** How many shards the log of events has; set where that is said. */
export const LOG_SHARDS = 'TASKPORT_LOG_SHARDS';

/** Seconds for which a runner has to be unheard until another engine may have its tasks; set where that is said. */
const SILENCE_SECONDS = 'TASKPORT_SILENCE_SECONDS';

/** Who administers the deployment: principals, as a JSON list; set where there are any. */
export const ADMINISTRATORS = 'TASKPORT_ADMINISTRATORS';

/** Engines of the deployment that locations may name, as a JSON list; set where there are any. */
export const ENGINES = 'TASKPORT_ENGINES';

/** How tasks run on Fargate, as JSON; set for the function that has ECS run them. */
export const FARGATE_ENGINE = 'TASKPORT_FARGATE';

/** The log group that ECS writes to; set where tasks run there. */
export const ENGINE_LOGS = 'TASKPORT_ENGINE_LOGS';

type ResourceName = keyof typeof environmentNames;

/** A whole number, from 1; undefined where it is not set. Throws for anything else: a deployment that is not what was meant. */
const readNumber = (name: string, of: string, most: number): number | undefined => {
  const given = process.env[name];
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(given) && Number(given) <= most) return Number(given);
  throw new Error(`${name} is ${given}, which is no number of ${of}`);
};

/** Calls a minute of one principal; undefined where they are not limited. */
export const readRequestsPerMinute = (): number | undefined =>
  readNumber(REQUESTS_PER_MINUTE, 'calls', 9_999_999);

/** Seconds for which a runner has to be unheard; undefined where the service says it. */
export const readSilenceSeconds = (): number | undefined => readNumber(SILENCE_SECONDS, 'seconds', 86_400);

/** Shards of the log; undefined where it is left to the log. */
export const readLogShards = (): number | undefined => readNumber(LOG_SHARDS, 'shards', MOST_LOG_SHARDS);

/** Names, none where it is not set. Throws where it is no list of names: a deployment that is not what was meant. */
const readNames = (variable: string): readonly string[] => {
  const given = process.env[variable];
  if (given === undefined) return [];
  const names: unknown = JSON.parse(given);
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new Error(`${variable} is ${given}, which is no list of names`);
};

/** Who administers the deployment; nobody unless it says so. */
export const readAdministrators = (): readonly string[] => readNames(ADMINISTRATORS);

/** Engines of the deployment; none unless it says so. */
export const readEngines = (): readonly string[] => readNames(ENGINES);

/** The names of the resources asked for. Throws where one is not set: a deployment that cannot work. */
export const readEnvironment = <R extends ResourceName>(...resources: R[]): Record<R, string> =>
  Object.fromEntries(
    resources.map((resource) => {
      const name = environmentNames[resource];
      const value = process.env[name];
      if (!value) throw new Error(`the environment variable ${name} is not set`);
      return [resource, value];
    }),
  ) as Record<R, string>;
