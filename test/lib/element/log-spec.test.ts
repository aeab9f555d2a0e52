import { describe, expect, it } from 'vitest';
import { logSpec } from '../../../lib/element/log-spec.ts';

const accepts = (spec: unknown): boolean => logSpec.safeParse(spec).success;

describe('a log', () => {
  it.each([
    {},
    { file: { path: '/var/log/app.log' } },
    { cloudwatch: { group: '/jobs/app' } },
    { s3: { bucket: 'my.logs-1' } },
    { s3: { bucket: 'logs', prefix: 'jobs/', region: 'eu-central-1' } },
  ])('goes to one destination, or to none yet: %j', (spec) => {
    expect(accepts(spec)).toBe(true);
  });

  it.each([
    { file: { path: '/var/log/app.log' }, cloudwatch: { group: 'g' } },
    { file: { path: '/var/log/app.log' }, s3: { bucket: 'logs' } },
    { cloudwatch: { group: 'g' }, s3: { bucket: 'logs' } },
  ])('does not go to two: %j', (spec) => {
    expect(accepts(spec)).toBe(false);
  });

  it.each([
    { bucket: 'Logs' },
    { bucket: 'lo' },
    { bucket: 'logs', prefix: '/jobs' },
    { bucket: 'logs', prefix: '' },
    { bucket: 'logs', region: 'here' },
    { prefix: 'jobs/' },
  ])('names a bucket as S3 does, and keys without an empty folder at first: %j', (s3) => {
    expect(accepts({ s3 })).toBe(false);
  });
});
