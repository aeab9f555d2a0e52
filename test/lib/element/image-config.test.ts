import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configOfSpec, specOfConfig } from '../../../lib/element/image-config.ts';
import { imageSpec, MAX_IMAGE_SPEC } from '../../../lib/element/image-spec.ts';
import { anyImageSpec } from './some-image-spec.ts';

const said = (config: object) => specOfConfig({ architecture: 'amd64', os: 'linux', config });
const unkept = (config: object): string[] => (said(config).unexpressed ?? []).map(({ field }) => field);

describe('the configuration of an image', () => {
  it('is converted into fields of a task', () => {
    expect(
      said({
        User: '1000:1000',
        ExposedPorts: { '80/tcp': {}, '53/UDP': {}, '8080': {} },
        Env: ['PATH=/usr/bin:/bin', 'EMPTY=', 'URL=a=b', 'PATH=/bin'],
        Entrypoint: ['/entry'],
        Cmd: ['serve', ''],
        Volumes: { '/var/lib/app': {} },
        WorkingDir: '/srv',
        Labels: { 'org.opencontainers.image.source': 'https://example.org' },
        StopSignal: 'SIGQUIT',
        Healthcheck: {
          Test: ['CMD-SHELL', 'check || exit 1'],
          Interval: 30e9,
          Timeout: 60e9,
          StartPeriod: 5e9,
          Retries: 2,
        },
      }),
    ).toEqual({
      process: {
        entrypoint: ['/entry'],
        args: ['serve', ''],
        env: [
          { name: 'PATH', value: '/bin' },
          { name: 'EMPTY', value: '' },
          { name: 'URL', value: 'a=b' },
        ],
        cwd: '/srv',
        user: { uid: 1000, gid: 1000 },
      },
      stop: { signal: 'QUIT' },
      healthCheck: {
        command: ['/bin/sh', '-c', 'check || exit 1'],
        intervalSeconds: 30,
        timeoutSeconds: 60,
        retries: 2,
        startPeriodSeconds: 5,
      },
      labels: { 'org.opencontainers.image.source': 'https://example.org' },
      ports: expect.toSatisfy((ports: object[]) =>
        [
          { port: 80, protocol: 'tcp' },
          { port: 53, protocol: 'udp' },
          { port: 8080, protocol: 'tcp' },
        ].every((port) => ports.some((one) => JSON.stringify(one) === JSON.stringify(port))),
      ),
      volumes: ['/var/lib/app'],
    });
  });

  it.each([
    ['1000', { uid: 1000 }],
    ['0', { uid: 0 }],
    ['app', { username: 'app' }],
    ['app:staff', { username: 'app', groupname: 'staff' }],
    ['1000:50', { uid: 1000, gid: 50 }],
    ['1000:staff', { uid: 1000, groupname: 'staff' }],
    ['app:50', { username: 'app', gid: 50 }],
    ['app:', { username: 'app' }],
  ])('runs as its user, from %s', (User, user) => {
    expect(said({ User })).toEqual({ process: { user } });
  });

  it.each([
    ['SIGTERM', 'TERM'],
    ['term', 'TERM'],
    ['9', 'KILL'],
    ['34', 'RTMIN'],
    ['64', 'RTMAX'],
    ['SIGRTMIN+3', 'RTMIN+3'],
    ['SIGIOT', 'ABRT'],
  ])('is stopped by its signal, from %s', (StopSignal, signal) => {
    expect(said({ StopSignal })).toEqual({ stop: { signal } });
  });

  it.each([
    [{ Test: ['NONE'] }, { command: [] }],
    [{ Test: ['CMD', '/check', 'now'] }, { command: ['/check', 'now'] }],
    [{ Test: [], Retries: 0, Interval: 0, Timeout: 0, StartPeriod: 0 }, undefined],
  ])('is checked, from %j', (Healthcheck, healthCheck) => {
    expect(said({ Healthcheck }).healthCheck).toEqual(healthCheck);
    expect(unkept({ Healthcheck })).toEqual([]);
  });

  it('runs the check in its shell if it names one', () => {
    const { healthCheck } = said({ Shell: ['/bin/bash', '-ec'], Healthcheck: { Test: ['CMD-SHELL', 'a'] } });
    expect(healthCheck?.command).toEqual(['/bin/bash', '-ec', 'a']);
  });

  it.each([
    undefined,
    null,
    'a',
    [],
    {},
    { config: null },
    { config: { User: '', Env: null, Entrypoint: [], Cmd: null, Labels: null, Volumes: {}, StopSignal: '' } },
  ])('has no fields, and loses none, for %j', (configuration) => {
    expect(specOfConfig(configuration)).toEqual({});
  });

  it.each<[string, object]>([
    ['process.user', { User: 'a b' }],
    ['process.user', { User: 'a:b:c' }],
    ['process.user', { User: '4294967295' }],
    ['process.user', { User: ':5' }],
    ['process.user', { User: 5 }],
    ['process.cwd', { WorkingDir: 'app' }],
    ['process.env', { Env: ['NOTHING'] }],
    ['process.env', { Env: 'A=1' }],
    ['process.entrypoint', { Entrypoint: '/bin/sh' }],
    ['process.args', { Cmd: ['a\0'] }],
    ['stop.signal', { StopSignal: 'SIGHUGE' }],
    ['stop.signal', { StopSignal: '32' }],
    ['healthCheck.command', { Healthcheck: { Test: ['SHELL', 'a'] } }],
    ['healthCheck.command', { Healthcheck: { Test: ['CMD'] } }],
    ['healthCheck.intervalSeconds', { Healthcheck: { Interval: 500_000_000 } }],
    ['healthCheck.retries', { Healthcheck: { Retries: 101 } }],
    ['healthCheck', { Healthcheck: { StartInterval: 1 } }],
    ['healthCheck', { Healthcheck: 'often' }],
    ['labels', { Labels: { a: 1 } }],
    ['ports', { ExposedPorts: { '1-9/tcp': {} } }],
    ['ports', { ExposedPorts: ['80'] }],
    ['volumes', { Volumes: { data: {} } }],
  ])('names %s if no field can express it: %j', (field, config) => {
    expect(unkept(config)).toEqual([field]);
    expect(imageSpec.safeParse(said(config)).error).toBeUndefined();
  });

  it('keeps expressible values beside others', () => {
    expect(
      said({ Env: ['A=1', 'B'], Labels: { a: '1', '': '2' }, Volumes: { '/a': {}, b: {} } }),
    ).toMatchObject({
      process: { env: [{ name: 'A', value: '1' }] },
      labels: { a: '1' },
      volumes: ['/a'],
    });
  });

  it('drops labels before commands if it is too large', () => {
    const Labels = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`l${at}`, 'a'.repeat(16_000)]));
    const spec = said({ Labels, Entrypoint: ['/entry'], Env: ['A=1'] });
    expect(spec).toMatchObject({ process: { entrypoint: ['/entry'] }, unexpressed: [{ field: 'labels' }] });
    const Env = Array.from({ length: 10 }, (_, at) => `E${at}=${'a'.repeat(16_000)}`);
    const other = said({ Labels, Env, Cmd: Array(10).fill('b'.repeat(16_000)), User: 'app' });
    expect(other).toMatchObject({ process: { user: { username: 'app' } } });
    expect(Buffer.byteLength(JSON.stringify(other))).toBeLessThanOrEqual(MAX_IMAGE_SPEC);
  });

  it('is written from a specification and read again', () => {
    fc.assert(
      fc.property(anyImageSpec, (spec) => {
        expect(imageSpec.safeParse(spec).error).toBeUndefined();
        const { ports = [], ...read } = specOfConfig({ config: configOfSpec(spec) });
        const { ports: wanted = [], ...rest } = spec;
        expect(read).toEqual(rest);
        expect(new Set(ports)).toEqual(new Set(wanted));
      }),
    );
  });

  it('has no user for an empty one in the specification', () => {
    expect(configOfSpec({ process: { user: {} } })).toEqual({});
  });

  it('has the same bytes for the same specification', () => {
    const spec = { volumes: ['/a'], process: { cwd: '/', args: ['a'], user: { username: 'a', gid: 5 } } };
    expect(JSON.stringify(configOfSpec(spec))).toBe(
      '{"User":"a:5","Cmd":["a"],"Volumes":{"/a":{}},"WorkingDir":"/"}',
    );
  });

  it('accepts any document, and gives a valid specification', () => {
    const members = [
      ...['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes'],
      ...['WorkingDir', 'Labels', 'StopSignal', 'Healthcheck', 'Shell'],
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...members), fc.jsonValue()), (config) => {
        expect(imageSpec.safeParse(specOfConfig({ config })).error).toBeUndefined();
      }),
      { examples: [[{ StopSignal: { toString: false } }]] },
    );
  });
});
