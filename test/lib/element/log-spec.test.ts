import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSpec } from '../../../lib/element/log-spec.ts';

const accepts = (spec: unknown): boolean => logSpec.safeParse(spec).success;

describe('a log', () => {
  it.each([
    {},
    { file: { path: 'app/today.log' } },
    { cloudwatch: { group: '/jobs/app' } },
    { s3: { bucket: 'my.logs-1' } },
    { s3: { bucket: 'logs', prefix: 'jobs/', region: 'eu-central-1' } },
  ])('has one destination, or none yet: %j', (spec) => {
    expect(accepts(spec)).toBe(true);
  });

  it.each([
    { file: { path: 'app/today.log' }, cloudwatch: { group: 'g' } },
    { file: { path: 'app/today.log' }, s3: { bucket: 'logs' } },
    { cloudwatch: { group: 'g' }, s3: { bucket: 'logs' } },
  ])('cannot have two: %j', (spec) => {
    expect(accepts(spec)).toBe(false);
  });

  it.each([
    '/root/.bashrc',
    '/var/log/app.log',
    '..',
    '../app.log',
    'app/../../app.log',
    'app/..',
    './app.log',
    'app//app.log',
    'app/',
    '',
    '.bashrc',
    'app/.profile',
    '-rf',
    'a b',
    'app\n/etc/passwd',
    'app\0',
    'a'.repeat(201),
  ])('is at no path of the machine, and has no name that climbs or is hidden: %j', (path) => {
    expect(accepts({ file: { path } })).toBe(false);
  });

  it('has a file below the directory of logs, for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '-', '\\', '~', '%') }), (path) => {
        if (!accepts({ file: { path } })) return;
        expect(posix.join('/logs', path)).toBe(`/logs/${path}`);
        expect(path.split('/').every((part) => /^[^.]/.test(part))).toBe(true);
      }),
    );
  });

  it.each([
    { bucket: 'Logs' },
    { bucket: 'lo' },
    { bucket: 'logs', prefix: '/jobs' },
    { bucket: 'logs', prefix: '' },
    { bucket: 'logs', region: 'here' },
    { prefix: 'jobs/' },
  ])('names a bucket by the rules of S3, and keys without an empty first folder: %j', (s3) => {
    expect(accepts({ s3 })).toBe(false);
  });
});
