/** Every kind of template, as cfn-lint reads it by AWS's own descriptions of resources, in the region that it is for. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { Taskport } from '../../infra/index.ts';
import { TaskportStack } from '../../infra/stack/taskport-stack.ts';
import { titled } from '../bundle.ts';
import { python, without } from './ministack.ts';

const lack = without('cfn-lint');

const tableIn = (region: string): string => `arn:aws:dynamodb:${region}:123456789012:table/Restored`;
/** The flags of a deployment, and where it is. */
const variants: Readonly<Record<string, readonly [region: string, flags: Readonly<Record<string, string>>]>> =
  {
    plain: ['eu-central-1', {}],
    'in the first region': ['us-east-1', { stage: 'dev' }],
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
        rate: '10',
        burst: '20',
        requestsPerMinute: '60',
      },
    ],
  };

describe.skipIf(lack !== undefined)(titled('a template', lack), () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-templates-'));
  let findings: readonly { readonly Filename: string; readonly Rule: { readonly Id: string } }[];
  beforeAll(async () => {
    const write = (name: string, region: string, build: (app: App) => Stack, flags: object = {}): void => {
      const app = new App({
        builtinCloudFormationValidation: false,
        outdir: join(directory, 'assemblies', name),
        context: { ...cdkJson.context, ...flags, 'aws:cdk:disable-asset-staging': true },
      });
      const { artifactId } = build(app);
      const { template } = app.synth().getStackArtifact(artifactId);
      writeFileSync(join(directory, `${region}.${name}.json`), JSON.stringify(template));
    };
    for (const [name, [region, flags]] of Object.entries(variants))
      write(name, region, (app) => new TaskportStack(app, 'Taskport', { env: { region } }), flags);
    write('in a network', 'eu-central-1', (app) => {
      const stack = new Stack(app, 'Shop', { env: { region: 'eu-central-1' } });
      // The library's own class misses its interface by one optional property under exactOptionalPropertyTypes.
      new Taskport(stack, 'Taskport', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2 }) as IVpc });
      return stack;
    });
    const regions = new Set(Object.values(variants).map(([region]) => region));
    findings = (await Promise.all([...regions].map(lint))).flat();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** What cfn-lint says of the templates of a region, but that CDK names dependencies which go without saying. */
  const lint = async (region: string): Promise<typeof findings> => {
    const args = ['--regions', region, '--ignore-checks', 'W3005', '--non-zero-exit-code', 'none'];
    const templates = join(directory, `${region}.*.json`);
    const lines = [...args, '--format', 'json', '--template', templates];
    return JSON.parse((await promisify(execFile)(python('cfn-lint'), lines)).stdout);
  };

  it.each([...Object.keys(variants), 'in a network'])(
    '%s has nothing that CloudFormation would refuse',
    (name) => {
      expect(findings.filter(({ Filename }) => Filename.endsWith(`.${name}.json`))).toEqual([]);
    },
  );
});
