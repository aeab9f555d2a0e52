import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { MOST_LOG_SHARDS } from '../../lib/event/event-log.ts';
import { problemOfName } from '../../lib/principal.ts';
import { allFunctions } from '../wiring.ts';
import { duration, someOf, text, whole } from './taken.ts';

export const issuer = text(
  'the issuer of an OpenID provider, such as https://login.example.com',
  /^https:\/\/[a-zA-Z0-9.-]+(:\d+)?(\/[^\s?#]*)?$/,
);
export const audience = someOf(
  'at least one audience',
  text('an audience, without blanks around it', /^\S(.*\S)?$/),
);
/** Characters of all names together: the environment of a function is limited to 4 KB (AWS Lambda, quotas). */
const MAX_ADMINISTRATORS = 2_000;
export const administrators = z
  .array(
    z.string('the name of a principal').check(
      z.refine(
        (name) => Token.isUnresolved(name) || (/^\S(.*\S)?$/.test(name) && problemOfName(name) === undefined),
        {
          error:
            'names as callers have them: `arn:aws:iam::<account>:role/<name>`, without session and path, or `issuer|subject`',
        },
      ),
    ),
    'a list of principals',
  )
  .check(
    z.refine((names) => names.join('').length <= MAX_ADMINISTRATORS, {
      error: `up to ${MAX_ADMINISTRATORS} characters of names; name a role that they take on`,
    }),
  );
export const domain = text(
  'a name in lower case, such as tasks.example.com',
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
);
export const auditDays = whole(1, 3_650);
export const logShards = whole(1, MOST_LOG_SHARDS);
export const eventLog = z.boolean('true or false');
export const fargate = z.boolean('true or false');
export const quotas = {
  rate: whole(1, 1_000_000),
  burst: whole(1, 1_000_000),
  requestsPerMinute: z.optional(whole(1, 1_000_000)),
};

const ARN = 'arn:aws[a-z-]*';
const TABLE = `${ARN}:dynamodb:[a-z0-9-]+:\\d{12}:table/[^/]+`;
const restoredTable = z
  .object({
    arn: text('the ARN of a table', new RegExp(`^${TABLE}$`)),
    streamArn: text('the ARN of a stream of that table', new RegExp(`^${TABLE}/stream/[^/]+$`)),
  })
  .check(
    z.refine(({ arn, streamArn }) => streamArn.startsWith(`${arn}/`), {
      path: ['streamArn'],
      error: 'the ARN of a stream of that table',
    }),
  );

const reserved = Object.fromEntries(allFunctions.map(({ name }) => [name, z.optional(whole(1, 100_000))]));
const DAY = 86_400;

/** The settings of a deployment, without its constructs. */
export const settingsSchema = z.object({
  name: text('up to 48 lower-case letters, digits and dashes, not a dash first', /^[a-z0-9][a-z0-9-]{0,47}$/),
  auth: z.union([z.literal('iam'), z.object({ issuer, audience })], "'iam', or {issuer, audience}"),
  administrators,
  domain: z.optional(z.object({ name: domain })),
  retention: z.object({
    auditDays,
    logs: z.enum(RetentionDays, 'one of RetentionDays'),
    archive: duration('whole days, one or more', (seconds) => seconds > 0 && seconds % DAY === 0),
  }),
  quotas: z.object({
    ...quotas,
    reservedConcurrency: z.strictObject(reserved, `numbers of ${Object.keys(reserved).join(', ')}`),
  }),
  logShards: z.optional(logShards),
  runnerSilenceSeconds: z.optional(whole(60, DAY)),
  eventLog,
  removalPolicy: z.enum(RemovalPolicy, 'one of RemovalPolicy'),
  restoredTable: z.optional(restoredTable),
  engines: z.optional(
    z.strictObject(
      {
        fargate: z.optional(
          z.object(
            { assignPublicIp: z.optional(fargate), spot: z.optional(fargate), exec: z.optional(fargate) },
            'the settings of tasks on Fargate, or {} for the defaults',
          ),
        ),
      },
      'engines: fargate',
    ),
  ),
});
