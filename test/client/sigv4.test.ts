import { RegionInfo } from 'aws-cdk-lib/region-info';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { signIam } from '../../client/sigv4.ts';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_REGION', 'eu-north-1');
});
afterEach(() => vi.unstubAllEnvs());

const regionOf = async (host: string, region?: string): Promise<string | undefined> => {
  const request = {
    url: new URL(`https://${host}/v1/locations`),
    method: 'GET',
    headers: {},
    body: undefined,
  };
  const { authorization = '' } = await signIam({ ...request, region });
  return /\/\d{8}\/([^/]+)\/execute-api\//.exec(authorization)?.[1];
};

it.each(RegionInfo.regions.map(({ name, domainSuffix }) => [name, domainSuffix ?? '']))(
  'a request to the API in %s, whose name ends in %s, is signed for that region',
  async (name, suffix) => {
    expect(await regionOf(`abc123.execute-api.${name}.${suffix}`)).toBe(name);
  },
);

it('a request to a custom domain is signed for the given region, or that of the environment', async () => {
  expect(await regionOf('tasks.example.com')).toBe('eu-north-1');
  expect(await regionOf('tasks.example.com', 'cn-north-1')).toBe('cn-north-1');
  vi.stubEnv('AWS_REGION', undefined);
  await expect(regionOf('tasks.example.com')).rejects.toThrow('the region of tasks.example.com is not known');
});
