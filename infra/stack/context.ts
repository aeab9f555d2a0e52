import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import * as z from 'zod/mini';
import { defined } from '../../lib/defined.ts';
import { nearName } from './near-name.ts';
import {
  administrators,
  audience,
  auditDays,
  domain,
  eventLog,
  fargate,
  issuer,
  logShards,
  quotas,
} from './settings-schema.ts';
import { parse, text } from './taken.ts';
import type { TaskportProps } from './taskport-props.ts';

/** Stages of a deployment. A stack of `dev` takes all its data with it when it is deleted. */
const stages = ['dev', 'prod'] as const;
type Stage = (typeof stages)[number];

/** A flag that `-c` sets as text, which `read` converts, and `cdk.context.json` as a value. */
const read = <S extends z.ZodMiniType>(of: (text: string) => unknown, schema: S) =>
  z.optional(
    z.pipe(
      z.transform((given) => (typeof given === 'string' ? of(given) : given)),
      schema,
    ),
  );
const number = <S extends z.ZodMiniType>(schema: S) =>
  read((text) => (/^\d+$/.test(text) ? Number(text) : text), schema);
const truth = <S extends z.ZodMiniType>(schema: S) =>
  read((text) => ({ true: true, false: false })[text] ?? text, schema);
const list = <S extends z.ZodMiniType>(schema: S) => read((text) => text.split(','), schema);

const stage = z.optional(z.enum(stages, stages.join(' or ')));

/** Every flag and its values; `docs/operations.md` lists them. Resources that flags name must be in the region of the stack. */
const flagsOf = (region: string) => {
  // For a stack without a region, only CloudFormation knows it.
  const place = Token.isUnresolved(region) ? '[a-z0-9-]+' : region;
  const partition = RegionInfo.get(place).partition ?? 'aws[a-z-]*';
  const arn = (service: string, what: string, resource: string) =>
    z.optional(
      text(
        `the ARN of ${what} in ${region}`,
        new RegExp(`^arn:${partition}:${service}:${place}:\\d{12}:${resource}$`),
      ),
    );
  return z.object({
    stage,
    administrators: list(administrators),
    jwtIssuer: z.optional(issuer),
    jwtAudience: list(audience),
    domain: z.optional(domain),
    certificateArn: arn('acm', 'a certificate', 'certificate/[^/]+'),
    alarmTopicArn: arn('sns', 'a topic', '[A-Za-z0-9_-]+'),
    auditDays: number(auditDays),
    logShards: number(logShards),
    eventLog: truth(eventLog),
    fargate: truth(fargate),
    rate: number(quotas.rate),
    burst: number(quotas.burst),
    requestsPerMinute: number(quotas.requestsPerMinute),
    restoredTableArn: arn('dynamodb', 'a table', 'table/[^/]+'),
    restoredStreamArn: arn('dynamodb', 'a stream of a table', 'table/[^/]+/stream/[^/]+'),
  });
};

/** The stage from `-c stage=…`; undefined for a single deployment, which keeps its data. Throws for an unknown one. */
export const stageOf = (scope: Construct): Stage | undefined =>
  parse(z.object({ stage }), { stage: scope.node.tryGetContext('stage') }, 'flags').stage;

/** Flags that need each other: an incomplete configuration must not select another kind of access control, or another table. */
const pairs = [
  ['jwtIssuer', 'jwtAudience'],
  ['domain', 'certificateArn'],
  ['restoredTableArn', 'restoredStreamArn'],
] as const;

/** The settings in the `-c flag=value` arguments. Throws for an unknown flag that resembles one, and for a wrong value. */
export function propsOfContext(scope: Construct): TaskportProps {
  const schema = flagsOf(Stack.of(scope).region);
  const names = Object.keys(schema.shape);
  // Other keys belong to the CDK or to the app.
  for (const given of Object.keys(scope.node.getAllContext())) {
    const meant = names.includes(given) ? undefined : nearName(given, names);
    if (meant !== undefined) throw new Error(`-c ${given} is no flag; did you mean ${meant}?`);
  }
  const given = Object.fromEntries(names.map((name) => [name, scope.node.tryGetContext(name)]));
  const flags = parse(schema, given, 'flags');
  for (const pair of pairs) {
    const missing = pair.find((flag) => flags[flag] === undefined);
    const present = pair.find((flag) => flags[flag] !== undefined);
    if (missing && present) throw new Error(`-c ${present}=… needs -c ${missing}=… beside it`);
  }
  const { jwtIssuer, jwtAudience, domain: name, certificateArn, restoredTableArn, restoredStreamArn } = flags;
  const { alarmTopicArn, auditDays: days, rate, burst, requestsPerMinute } = flags;
  return defined({
    administrators: flags.administrators,
    logShards: flags.logShards,
    eventLog: flags.eventLog,
    engines: flags.fargate ? { fargate: {} } : undefined,
    auth: jwtIssuer && jwtAudience ? { issuer: jwtIssuer, audience: jwtAudience } : undefined,
    domain:
      name && certificateArn
        ? { name, certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificateArn) }
        : undefined,
    restoredTable:
      restoredTableArn && restoredStreamArn
        ? { arn: restoredTableArn, streamArn: restoredStreamArn }
        : undefined,
    alarms: alarmTopicArn ? Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn) : undefined,
    retention: days ? { auditDays: days } : undefined,
    quotas: defined({
      rate: rate || undefined,
      burst: burst || undefined,
      requestsPerMinute: requestsPerMinute || undefined,
    }),
    removalPolicy: flags.stage === 'dev' ? RemovalPolicy.DESTROY : undefined,
  });
}
