import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Allow, allow, allows, patchedAllow } from '../../../lib/location/allow.ts';
import { LEGACY } from '../../../lib/location/location.ts';
import { validate } from '../../../lib/validation.ts';

const kinds = ['capabilities', 'networks', 'logs', 'secrets', 'nfs'] as const;

describe('the permissions of a location', () => {
  it.each<[keyof Allow, string, string, boolean]>([
    ['capabilities', 'CAP_NET_ADMIN', 'CAP_NET_ADMIN', true],
    ['capabilities', 'net_admin', 'CAP_NET_ADMIN', true],
    ['capabilities', 'NET_ADMIN', 'CAP_NET_ADMINS', false],
    ['capabilities', 'all', 'CAP_SYS_ADMIN', true],
    ['logs', 's3://lines/', 's3://lines/', true],
    ['logs', 's3://lines/', 's3://lines/jobs/nightly', true],
    ['logs', 's3://lines/jobs/', 's3://lines/jobs', false],
    ['logs', 's3://lines/jobs/', 's3://lines/jobs-of-others/', false],
    ['logs', 's3://lines/jobs/', 's3://lines/jobs/../others/', false],
    ['logs', 's3://lines/jobs/', 's3://lines/jobs//others/', false],
    ['logs', 's3://lines/jobs', 's3://lines/jobs/nightly', false],
    ['logs', 's3://lines/', 's3://lines-of-others/', false],
    ['logs', 'cloudwatch:/tasks/', 'cloudwatch:/tasks/web', true],
    ['logs', 'cloudwatch:/tasks/web', 'cloudwatch:/tasks/web', true],
    ['logs', 'cloudwatch:/tasks/web', 'cloudwatch:/tasks/web/of/others', false],
    ['logs', 'cloudwatch:/tasks/', 'cloudwatch:/tasks/./../web', false],
    ['secrets', 'jobs/', 'jobs/key', true],
    ['secrets', 'jobs/', 'Jobs/key', false],
    ['secrets', 'jobs/', '/jobs/key', false],
    ['secrets', 'jobs/', 'jobs/../others/key', false],
    ['secrets', 'jobs/key', 'jobs/key-2', false],
    [
      'secrets',
      'arn:aws:secretsmanager:eu-central-1:123456789012:secret:jobs/',
      'arn:aws:secretsmanager:eu-central-1:123456789012:secret:jobs/key-AbCdEf:user::',
      true,
    ],
    ['secrets', 'arn:aws:ssm:eu-central-1:1', 'arn:aws:ssm:eu-central-1:123456789012:parameter/key', false],
    ['networks', 'host', 'host', true],
    ['networks', 'lan', 'lan-2', false],
    ['networks', 'port:80', 'port:80', true],
    ['networks', 'port:80', 'port:800', false],
    ['networks', 'port:', 'port:80', true],
    ['networks', 'port:', 'host', false],
    ['nfs', 'files.example.com:', 'FILES.example.com.:/exports/homes/ada', true],
    ['nfs', 'Files.Example.com:/exports/homes/', 'files.example.com:/exports//homes/ada', true],
    ['nfs', 'files.example.com:/exports/homes/', 'files.example.com:/exports/homes-2/ada', false],
    ['nfs', 'files:/exports/', 'files.example.com:/exports/a', false],
    ['nfs', 'fe80:', 'fe80::1:/exports/a', false],
    ['nfs', 'fe80::1:/exports/', 'fe80::1:/exports/a', true],
  ])('for %s: %j covers %j: %s', (of, entry, what, expected) => {
    validate(allow, { [of]: [entry] });
    expect(allows({ [of]: [entry] }, of, what)).toBe(expected);
    for (const other of kinds.filter((each) => each !== of))
      expect(allows({ [other]: [entry] }, of, what)).toBe(false);
  });

  it('are empty by default', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.string(), (of, what) => {
        expect(allows({}, of, what)).toBe(false);
        expect(allows({ [of]: [] }, of, what)).toBe(false);
      }),
    );
  });

  it('are never exceeded by climbing, for any spelling of a path', () => {
    const part = fc.constantFrom('a', 'b', '.', '..', '', 'a.b', '...');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const what = `jobs/${parts.join('/')}`;
        if (allows({ secrets: ['jobs/'] }, 'secrets', what)) {
          expect(posix.normalize(what)).toBe(what);
          expect(what.startsWith('jobs/')).toBe(true);
        }
        expect(allows({ nfs: ['files:/jobs/'] }, 'nfs', `files:/${what}`)).toBe(
          !parts.some((each) => each === '.' || each === '..'),
        );
      }),
    );
  });

  it('include everything but capabilities and networks in a location from an earlier version', () => {
    for (const of of kinds)
      expect(allows(LEGACY, of, 'anything')).toBe(of !== 'capabilities' && of !== 'networks');
  });

  it.each([
    ['a prefix that climbs', { secrets: ['jobs/../'] }],
    ['a bucket without a slash, of which nothing would be below', { logs: ['s3://lines'] }],
    ['a path of the machine', { logs: ['/var/log/'] }],
    ['a path of no server', { nfs: ['/exports/'] }],
    ['a server without its end', { nfs: ['files'] }],
    ['what is no port', { networks: ['port:http'] }],
    ['what is no name', { networks: ['host network'], capabilities: [''] }],
    ['what nobody knows', { devices: ['/dev/sda'] }],
  ])('cannot be %s', (_, said) => {
    expect(() => validate(allow, said)).toThrow();
  });

  it('change by a merge patch, and start empty after an earlier version, or after null', () => {
    const former = { logs: ['s3://a/'], secrets: ['b/'] };
    expect(patchedAllow(former, { logs: ['s3://c/'] })).toEqual({ logs: ['s3://c/'], secrets: ['b/'] });
    expect(patchedAllow(former, { logs: null })).toEqual({ secrets: ['b/'] });
    expect(patchedAllow(LEGACY, { nfs: ['files:'] })).toEqual({ nfs: ['files:'] });
    expect(patchedAllow(former, null)).toEqual({});
  });
});
