import { RemovalPolicy } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Auth, RestoredTable, TaskportProps } from './taskport-props.ts';

/** Stages there are. One for development goes with its stack, with all that is in it. */
const stages = ['dev', 'prod'] as const;
type Stage = (typeof stages)[number];

/** The stage that `-c stage=…` names; without one there is one deployment, which is meant to last. Throws for any other. */
export function stageOf(scope: Construct): Stage | undefined {
  const stage: unknown = scope.node.tryGetContext('stage');
  if (stage === undefined || stages.includes(stage as Stage)) return stage as Stage | undefined;
  throw new Error(`there is no stage ${stage}; there are ${stages.join(' and ')}`);
}

/** What `-c key=value` says of a deployment; the keys are listed in docs/operations.md. */
export function propsOfContext(scope: Construct): TaskportProps {
  const text = (key: string): string | undefined => scope.node.tryGetContext(key) || undefined;
  const number = (key: string): number | undefined => {
    const given = text(key);
    return given === undefined ? undefined : Number(given);
  };
  const administrators = namesOf(scope.node.tryGetContext('administrators'));
  const auth = authOf(text('jwtIssuer'), text('jwtAudience'));
  const domain = domainOf(scope, text('domain'), text('certificateArn'));
  const topicArn = text('alarmTopicArn');
  const restored = restoredOf(text('restoredTableArn'), text('restoredStreamArn'));
  const auditDays = number('auditDays');
  const quotas = Object.fromEntries(
    (['rate', 'burst', 'requestsPerMinute'] as const).flatMap((key) => {
      const given = number(key);
      return given === undefined ? [] : [[key, given]];
    }),
  );
  return {
    ...(auth ? { auth } : {}),
    ...(administrators ? { administrators } : {}),
    ...(domain ? { domain } : {}),
    ...(restored ? { restoredTable: restored } : {}),
    ...(topicArn ? { alarms: Topic.fromTopicArn(scope, 'AlarmTopic', topicArn) } : {}),
    ...(auditDays === undefined ? {} : { retention: { auditDays } }),
    quotas,
    ...(stageOf(scope) === 'dev' ? { removalPolicy: RemovalPolicy.DESTROY } : {}),
  };
}

/** Commas between them on a command line, a list in a file. Throws for anything else. */
function namesOf(given: unknown): readonly string[] | undefined {
  if (given === undefined || given === '') return undefined;
  const names = typeof given === 'string' ? given.split(',').map((name) => name.trim()) : given;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new Error('administrators are names with commas between them, or a list of them');
}

function authOf(issuer: string | undefined, audience: string | undefined): Auth | undefined {
  if (issuer && audience) return { issuer, audience: audience.split(',') };
  if (!issuer && !audience) return undefined;
  // Half a configuration must not quietly become another kind of access control.
  throw new Error('Tokens need both jwtIssuer and jwtAudience: -c jwtIssuer=https://… -c jwtAudience=…');
}

function domainOf(
  scope: Construct,
  name: string | undefined,
  certificateArn: string | undefined,
): TaskportProps['domain'] {
  if (name && certificateArn) {
    return { name, certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificateArn) };
  }
  if (name || certificateArn) throw new Error('A domain needs both domain and certificateArn');
  return undefined;
}

function restoredOf(arn: string | undefined, streamArn: string | undefined): RestoredTable | undefined {
  if (arn && streamArn) return { arn, streamArn };
  if (arn || streamArn) throw new Error('A restored table needs both restoredTableArn and restoredStreamArn');
  return undefined;
}
