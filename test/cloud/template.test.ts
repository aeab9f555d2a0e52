/** Every variant of the template, checked by cfn-lint against AWS's descriptions of resources, in its region. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { afterAll, describe, expect, it } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { Taskport } from '../../infra/index.ts';
import { TaskportStack } from '../../infra/stack/taskport-stack.ts';
import { titled } from '../bundle.ts';
import { python, without } from './ministack.ts';

const lack = without('cfn-lint');

const tableIn = (region: string): string => `arn:aws:dynamodb:${region}:123456789012:table/Restored`;
/** The flags of a deployment, and its region. */
const variants: Readonly<Record<string, readonly [region: string, flags: Readonly<Record<string, string>>]>> =
  {
    plain: ['eu-central-1', {}],
    'in China': ['cn-north-1', { stage: 'prod' }],
    'for governments': ['us-gov-west-1', {}],
    'for callers with tokens': [
      'eu-central-1',
      { jwtIssuer: 'https://login.example.com', jwtAudience: 'taskport,another' },
    ],
    'with a domain': [
      'eu-central-1',
      {
        domain: 'tasks.example.com',
        certificateArn: `arn:aws:acm:eu-central-1:123456789012:certificate/one`,
      },
    ],
    restored: [
      'eu-central-1',
      {
        restoredTableArn: tableIn('eu-central-1'),
        restoredStreamArn: `${tableIn('eu-central-1')}/stream/2026-01-01T00:00:00.000`,
      },
    ],
    'with all settings': [
      'eu-central-1',
      {
        administrators: 'arn:aws:iam::123456789012:role/Admin',
        alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
        auditDays: '30',
        logShards: '4',
        eventLog: 'true',
        fargate: 'true',
        rate: '10',
        burst: '20',
        requestsPerMinute: '60',
      },
    ],
  };

describe.skipIf(lack !== undefined)(titled('a template', lack), () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-templates-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Writes a template like an app, with our feature flags. */
  const written = (name: string, build: (app: App) => Stack, flags: object = {}): string => {
    const app = new App({
      builtinCloudFormationValidation: false,
      outdir: join(directory, name),
      context: { ...cdkJson.context, ...flags, 'aws:cdk:disable-asset-staging': true },
    });
    const { artifactId } = build(app);
    return app.synth().getStackArtifact(artifactId).templateFullPath;
  };

  /** The findings of cfn-lint, without redundant dependencies, which CDK states. */
  const findingsIn = async (template: string, region: string): Promise<string> => {
    const args = ['--regions', region, '--ignore-checks', 'W3005', '--non-zero-exit-code', 'none'];
    return (await promisify(execFile)(python('cfn-lint'), [...args, '--template', template])).stdout;
  };

  it.each(Object.keys(variants))('%s passes the checks of CloudFormation', async (name) => {
    const [region, flags] = variants[name] as (typeof variants)[string];
    const build = (app: App): Stack => new TaskportStack(app, 'Taskport', { env: { region } });
    expect(await findingsIn(written(name, build, flags), region)).toBe('');
  });

  it('with a VPC passes the checks of CloudFormation', async () => {
    const region = 'eu-central-1';
    const template = written('in a network', (app) => {
      const stack = new Stack(app, 'Shop', { env: { region } });
      // Under exactOptionalPropertyTypes the library's class differs from its interface by one optional property.
      new Taskport(stack, 'Taskport', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2 }) as IVpc });
      return stack;
    });
    expect(await findingsIn(template, region)).toBe('');
  });
});
