import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { containerOf, inMain, refused } from './some-ecs.ts';
import { someArgs as args, cloudwatch, ROOT_IMAGE } from './some-input.ts';

describe('a process on ECS', () => {
  it.each<[TaskSpec['process'], string]>([
    [{ user: { umask: 0o077 } }, 'process.user.umask'],
    [{ user: { additionalGids: [1] } }, 'process.user.additionalGids'],
    [{ noNewPrivileges: true }, 'process.noNewPrivileges'],
    [{ capabilities: { add: ['CAP_NET_ADMIN'] } }, 'process.capabilities.add'],
    [{ capabilities: { drop: ['ALL'], add: ['CAP_NET_ADMIN'] } }, 'process.capabilities.add'],
    [{ rlimits: [{ type: 'RLIMIT_AS', soft: 1, hard: 1 }] }, 'process.rlimits'],
    [{ rlimits: [{ type: 'RLIMIT_CORE', soft: 1, hard: 2 ** 31 }] }, 'process.rlimits'],
  ])('cannot be %j', (process, path) => {
    expect(refused({ process: { args, ...process } })).toEqual([inMain(path)]);
  });

  it('leaves unset fields to an image of a registry', () => {
    const unsaid = containerOf({ process: {} });
    for (const field of ['entryPoint', 'command', 'workingDirectory', 'user'])
      expect(unsaid).not.toHaveProperty(field);
    expect(containerOf({ process: { args } })).toMatchObject({ command: args });
    expect(containerOf({ process: { args } })).not.toHaveProperty('entryPoint');
    expect(containerOf({ process: { entrypoint: ['/entry', '-v'], args, cwd: '/srv' } })).toMatchObject({
      entryPoint: ['/entry', '-v'],
      command: args,
      workingDirectory: '/srv',
    });
  });

  it.each([
    [{ username: 'app' }, 'app'],
    [{ username: 'app', groupname: 'staff' }, 'app:staff'],
    [{ username: 'app', gid: 6 }, 'app:6'],
    [{ uid: 5 }, '5'],
    [{ uid: 5, gid: 6 }, '5:6'],
    [{ uid: 5, groupname: 'staff' }, '5:staff'],
    [{ gid: 6 }, '0:6'],
  ])('has the user %j', (user, said) => {
    expect(containerOf({ process: { args, user } }).user).toBe(said);
  });

  it('has the ports of its image, and only once', () => {
    const image = (protocol: 'udp' | 'sctp') => ({
      id: ROOT_IMAGE,
      spec: { ports: [{ port: 53, protocol }] },
    });
    expect(containerOf({}, { image: image('udp') }).portMappings).toEqual([
      { containerPort: 53, protocol: 'udp' },
    ]);
    expect(refused({}, { image: image('sctp') })).toEqual([`images["${ROOT_IMAGE}"].ports[0].protocol`]);
  });

  it('states the difference to the default capabilities in the form of ECS', () => {
    const changes = (capabilities: NonNullable<TaskSpec['process']>['capabilities']) =>
      containerOf({ process: { args, capabilities } }).linuxParameters.capabilities;
    expect(changes({ add: ['CAP_CHOWN', 'CAP_SYS_PTRACE'] })).toEqual({ add: ['SYS_PTRACE'], drop: [] });
    expect(changes({ drop: ['CAP_MKNOD', 'CAP_SYS_ADMIN'] })).toEqual({ add: [], drop: ['MKNOD'] });
    expect(changes({ drop: ['ALL'], add: ['CAP_KILL'] }).drop).toHaveLength(13);
  });

  it('has limits by the names of ECS', () => {
    const rlimits = [{ type: 'RLIMIT_NOFILE' as const, soft: 1, hard: 2 }];
    expect(containerOf({ process: { args, rlimits } }).ulimits).toEqual([
      { name: 'nofile', softLimit: 1, hardLimit: 2 },
    ]);
  });

  it('has secrets in variables, by their ARNs', () => {
    const valueFrom = 'arn:aws:ssm:eu-central-1:123456789012:parameter/a';
    expect(containerOf({ secrets: [{ name: 'A', valueFrom, target: 'env' }] }).secrets).toEqual([
      { name: 'A', valueFrom },
    ]);
    const secrets = [
      { name: 'A', valueFrom, target: 'file' as const },
      { name: 'B', valueFrom: 'parameter', target: 'env' as const },
    ];
    expect(refused({ secrets })).toEqual([inMain('secrets[0].target'), inMain('secrets[1].valueFrom')]);
  });
});

describe('the orders of a task on ECS', () => {
  it.each<[TaskSpec, string]>([
    [{ deadlines: { startSeconds: 5 } }, 'deadlines.startSeconds'],
    [{ deadlines: { runSeconds: 5 } }, 'deadlines.runSeconds'],
    [{ deadlines: { notAfter: '2030-01-31T12:00:00Z' } }, 'deadlines.notAfter'],
    [{ deadlines: { stopSeconds: 121 } }, 'deadlines.stopSeconds'],
    [{ deadlines: { stopSeconds: 1 } }, 'deadlines.stopSeconds'],
    [{ stop: { signal: 'INT' } }, 'stop.signal'],
    [{ interaction: { attach: true } }, 'interaction.attach'],
    [{ interaction: { stdinOnce: true } }, 'interaction.stdinOnce'],
    [{ healthCheck: { command: ['/c'], intervalSeconds: 301 } }, 'healthCheck.intervalSeconds'],
    [{ healthCheck: { command: ['/c'], timeoutSeconds: 1 } }, 'healthCheck.timeoutSeconds'],
    [{ healthCheck: { command: ['/c'], retries: 11 } }, 'healthCheck.retries'],
    [{ healthCheck: { command: ['/c'], startPeriodSeconds: 301 } }, 'healthCheck.startPeriodSeconds'],
    [{ restart: { mode: 'always', attempts: 3 } }, 'restart.attempts'],
    [{ restart: { mode: 'always', delaySeconds: 0 } }, 'restart.delaySeconds'],
    [{ restart: { mode: 'always', resetSeconds: 60 } }, 'restart.resetSeconds'],
    [{ restart: { mode: 'on-failure', retryableExitCodes: [3] } }, 'restart.retryableExitCodes'],
    [{ restart: { ignoredExitCodes: [3] } }, 'restart.ignoredExitCodes'],
    [
      {
        restart: { mode: 'on-failure', ignoredExitCodes: Array.from({ length: 50 }, (_, code) => code + 1) },
      },
      'restart.ignoredExitCodes',
    ],
  ])('cannot be %j', (spec, path) => {
    expect(refused(spec)).toEqual([inMain(path)]);
  });

  it('may be to stop it by TERM, by any name of it', () => {
    expect(containerOf({ stop: { signal: 'SIGTERM' }, deadlines: { stopSeconds: 120 } }).stopTimeout).toBe(
      120,
    );
  });

  it('may be to restart it after any exit, or after any failure', () => {
    const policy = (restart: TaskSpec['restart']) => containerOf({ restart }).restartPolicy;
    expect(policy({ mode: 'always' })).toEqual({
      enabled: true,
      ignoredExitCodes: [],
      restartAttemptPeriod: 60,
    });
    expect(policy({ mode: 'on-failure', ignoredExitCodes: [3] })).toMatchObject({ ignoredExitCodes: [0, 3] });
    expect(policy({ mode: 'never' })).toBeUndefined();
  });

  it('may be to check its health without a shell', () => {
    expect(containerOf({ healthCheck: { command: ['/bin/check', '-q'] } }).healthCheck).toEqual({
      command: ['CMD', '/bin/check', '-q'],
      interval: 30,
      timeout: 5,
      retries: 3,
      startPeriod: 0,
    });
  });

  it('cannot be a host name', () => {
    const executor = { id: 'executor://boxes/box-1', spec: { hostname: 'box' } };
    expect(refused({}, { executor })).toEqual(['executor.hostname']);
  });
});

describe('logs on ECS', () => {
  const logs = [cloudwatch('first'), cloudwatch('second')];
  const log = (spec: PlanInput['logs'][number]['spec']) => ({ logs: [{ id: 'log://logs/a', spec }] });

  it('are absent without a log, or for a task without output', () => {
    expect(containerOf({})).not.toHaveProperty('logConfiguration');
    expect(containerOf({ logging: { stdout: 'none', stderr: 'none' } }, { logs })).not.toHaveProperty(
      'logConfiguration',
    );
  });

  it('are one for both streams', () => {
    const both = { stdout: 'log://logs/second', stderr: 'log://logs/second' };
    expect(containerOf({ logging: both }, { logs }).logConfiguration?.options['awslogs-group']).toBe(
      '/jobs/second',
    );
    expect(refused({ logging: { stdout: 'none' } }, { logs })).toEqual([inMain('logging')]);
    expect(refused({ logging: { stdout: 'log://logs/second' } }, { logs })).toEqual([inMain('logging')]);
    expect(
      refused({ logging: { stdout: 'log://logs/third', stderr: 'log://logs/third' } }, { logs }),
    ).toEqual([inMain('logging.stdout'), inMain('logging.stderr')]);
  });

  it('keep the prefix of their streams', () => {
    const named = log({ cloudwatch: { group: 'g', region: 'eu-central-1', streamPrefix: 'mine' } });
    expect(containerOf({}, named).logConfiguration?.options['awslogs-stream-prefix']).toBe('mine');
  });

  it.each([
    ['.file', { file: { path: '/var/log/a' } }],
    ['.s3', { s3: { bucket: 'logs', region: 'eu-central-1' } }],
    ['.cloudwatch.region', { cloudwatch: { group: 'g' } }],
    ['', {}],
  ])('need a log group in a region: %s', (path, spec) => {
    expect(refused({}, log(spec))).toEqual([inMain(`logging["log://logs/a"]${path}`)]);
  });
});
