import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';
import { functions } from '../wiring.ts';
import { duration, someOf, text, whole } from './taken.ts';

export const issuer = text(
  'the issuer of an OpenID provider, such as https://login.example.com',
  /^https:\/\/[a-zA-Z0-9.-]+(:\d+)?(\/[^\s?#]*)?$/,
);
export const audience = someOf(
  'at least one audience',
  text('an audience, without blanks around it', /^\S(.*\S)?$/),
);
export const domain = text(
  'a name in lower case, such as tasks.example.com',
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
);
export const auditDays = whole(1, 3_650);
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

const reserved = Object.fromEntries(functions.map(({ name }) => [name, z.optional(whole(1, 100_000))]));
const DAY = 86_400;

/** What is said of a deployment, but for its constructs. */
export const settingsSchema = z.object({
  name: text('up to 48 lower-case letters, digits and dashes, not a dash first', /^[a-z0-9][a-z0-9-]{0,47}$/),
  auth: z.union([z.literal('iam'), z.object({ issuer, audience })], "'iam', or {issuer, audience}"),
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
  removalPolicy: z.enum(RemovalPolicy, 'one of RemovalPolicy'),
  restoredTable: z.optional(restoredTable),
});
