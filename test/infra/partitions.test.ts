/** The template in partitions with other ARNs and hosts than `aws`. */
import { S3Client } from '@aws-sdk/client-s3';
import { Stack } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { describe, expect, test } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { Taskport } from '../../infra/index.ts';
import { environmentNames } from '../../infra/wiring.ts';
import { RequestSigner } from '../../lib/adapters/s3/request-signer.ts';
import { type Json, templateOf } from './synthesized.ts';

const synthesize = (region: string, context: Record<string, unknown>): Json =>
  templateOf(
    (app) => {
      const stack = new Stack(app, 'Taskport', { env: { region } });
      new Taskport(stack, 'Default');
      return stack;
    },
    { context },
  ).toJSON();

/** Every text of a template as CloudFormation resolves it, with its path. */
function* textsOf(
  value: Json,
  pseudo: Readonly<Record<string, string>>,
  path = '',
): Generator<{ readonly text: string; readonly path: string }> {
  if (typeof value === 'string') yield { text: value, path };
  if (typeof value !== 'object' || value === null) return;
  const [, parts] = value['Fn::Join'] ?? [];
  if (parts) {
    const text = parts.map((part: Json) => (typeof part === 'string' ? part : (pseudo[part.Ref] ?? '<x>')));
    yield { text: text.join(''), path };
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    // cdk-nag names findings with its own marks for unresolved values.
    if (name !== 'cdk_nag') yield* textsOf(inner, pseudo, `${path}.${name}`);
  }
}

/** Service principals are the same in every partition (IAM User Guide, service principals). */
const PRINCIPAL = /"Service":(\[?"[a-z.]+\.amazonaws\.com",?\]?)+/g;

describe.each([
  ['eu-central-1', 'aws', ['amazonaws.com']],
  ['us-gov-west-1', 'aws-us-gov', ['amazonaws.com']],
  // The documented suffix, and that of hosts there.
  ['cn-north-1', 'aws-cn', ['amazonaws.com', 'amazonaws.com.cn']],
  ['us-iso-east-1', 'aws-iso', ['amazonaws.com', 'c2s.ic.gov']],
  ['eusc-de-east-1', 'aws-eusc', ['amazonaws.com', 'amazonaws.eu']],
] as const)('in %s', (region, partition, suffixes) => {
  const pseudo = {
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::URLSuffix': suffixes.at(-1) ?? '',
  };
  // With our feature flags, and without any, as in another app.
  const texts = [cdkJson.context, {}].flatMap((flags) => [...textsOf(synthesize(region, flags), pseudo)]);

  test('ARNs are those of the partition', () => {
    const arns = texts.flatMap(({ text }) => text.match(/arn:[^:]*:/g) ?? []);
    expect(new Set(arns)).toEqual(new Set([`arn:${partition}:`]));
  });

  test('the key may be used through the stores by their names there', () => {
    const via = texts.filter(({ path }) => path.includes('kms:ViaService')).map(({ text }) => text);
    const services = ['dynamodb', 's3'];
    expect(new Set(via)).toEqual(
      new Set(services.flatMap((service) => suffixes.map((each) => `${service}.${region}.${each}`))),
    );
  });

  test('nothing else contains a host', () => {
    const named = texts.filter(
      ({ text, path }) =>
        !path.includes('kms:ViaService') &&
        !/\.Principal(\.Service(\.\d)?)?$/.test(path) &&
        /amazonaws|\.gov|\.eu\b/.test(text.replaceAll(PRINCIPAL, '')),
    );
    expect(named).toEqual([]);
  });
});

test.each(['eu-central-1', 'us-east-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1'])(
  'the page may reach the data at the host of the signed URLs, in %s',
  async (region) => {
    const template = synthesize(region, {});
    const [origin] = Object.values<Json>(template.Resources).flatMap(
      ({ Properties }) => Properties?.Environment?.Variables[environmentNames.dataOrigin] ?? [],
    );
    const [
      scheme,
      {
        'Fn::GetAtt': [bucket, attribute],
      },
    ] = origin['Fn::Join'][1];
    expect([scheme, attribute]).toEqual(['https://', 'RegionalDomainName']);
    expect(template.Outputs.BucketName.Value).toEqual({ Ref: bucket });
    // CloudFormation User Guide, AWS::S3::Bucket, RegionalDomainName.
    const domain = `bucket.s3.${region}.${RegionInfo.get(region).domainSuffix}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const signer = new RequestSigner(new S3Client({ region, credentials }), 'bucket');
    const signed = await signer.url({ method: 'GET', key: 'key', seconds: 300 });
    expect(new URL(signed).hostname).toBe(domain);
  },
);
