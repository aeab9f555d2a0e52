/** Options of `run`, in the form of docker. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../../cli/run/environment.ts';
import { namingFlags } from '../../../cli/run/flag-of-path.ts';
import { parseVolumes } from '../../../cli/run/mounted-volume.ts';
import { executorSpecOf, type RunFlags, taskSpecOf } from '../../../cli/run/run-flags.ts';
import { anyName } from '../../../client/executor-name.ts';
import { ProblemError } from '../../../client/problem-error.ts';
import { executorSpec } from '../../../lib/element/executor-spec.ts';
import { taskSpec } from '../../../lib/element/task-spec.ts';

const specOf = (flags: RunFlags, command: readonly string[] = [], files: Record<string, string> = {}) =>
  taskSpecOf(flags, command, { env: { HERE: 'now' }, readText: async (path) => files[path] ?? '' });

describe('a task', () => {
  it('has the values of all options, in a form that the service accepts', async () => {
    const spec = await specOf(
      {
        env: ['A=1=2', 'HERE', 'NOWHERE', 'EMPTY='],
        envFile: ['vars'],
        memory: '1.5g',
        cpus: '.5',
        user: 'app:1000',
        workdir: '/srv',
        restart: 'on-failure:3',
        timeout: '10m',
        secret: ['db/password', 'arn:aws:ssm:eu-central-1:123456789012:parameter/key,type=env,target=KEY'],
      },
      ['serve', '--all'],
      { vars: '\uFEFF# comment\n\nA=0\r\n  B="x y" \nHERE\n' },
    );
    expect(spec).toEqual({
      process: {
        args: ['serve', '--all'],
        env: [
          { name: 'A', value: '1=2' },
          { name: 'B', value: '"x y" ' },
          { name: 'HERE', value: 'now' },
          { name: 'EMPTY', value: '' },
        ],
        cwd: '/srv',
        user: { username: 'app', gid: 1000 },
      },
      resources: { memory: { limit: 1_610_612_736 }, cpu: { quota: 50_000, period: 100_000 } },
      deadlines: { runSeconds: 600 },
      restart: { mode: 'on-failure', attempts: 3 },
      secrets: [
        { name: 'password', valueFrom: 'db/password', target: 'file' },
        { name: 'KEY', valueFrom: 'arn:aws:ssm:eu-central-1:123456789012:parameter/key', target: 'env' },
      ],
    });
    expect(taskSpec.parse(spec)).toEqual(spec);
  });

  it('has an entrypoint instead of the image’s, and none if it is empty', async () => {
    expect((await specOf({ entrypoint: '/bin/sh' }, ['-c', 'x'])).process).toEqual({
      entrypoint: ['/bin/sh'],
      args: ['-c', 'x'],
    });
    expect((await specOf({ entrypoint: '' }, ['/bin/ls', '/'])).process).toEqual({
      entrypoint: ['/bin/ls'],
      args: ['/'],
    });
    expect(await specOf({})).toEqual({ process: {} });
  });

  it.each<[RunFlags, RegExp]>([
    [{ env: ['=x'] }, /^--env: "=x" is not/],
    [{ envFile: ['vars'] }, /^vars, line 2: "two words=1" is not/],
    [{ memory: 'much' }, /^--memory is much/],
    [{ cpus: '0' }, /^--cpus is 0/],
    [{ user: 'a:b:c' }, /^--user is a:b:c/],
    [{ workdir: 'srv' }, /^--workdir is srv, and has to be absolute/],
    [{ restart: 'sometimes' }, /^--restart is sometimes/],
    [{ restart: 'always:3' }, /^--restart is always:3/],
    [{ timeout: 'soon' }, /^--timeout is soon/],
    [{ secret: [',type=env'] }, /^--secret ,type=env is not/],
    [{ secret: ['a,uid=1'] }, /^--secret a,uid=1 is not/],
    [{ entrypoint: '' }, /^--entrypoint is empty/],
  ])('is refused for %j', async (flags, message) => {
    await expect(specOf(flags, [], { vars: 'A=1\ntwo words=1\n' })).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(message) }),
    );
  });
});

describe('published ports', () => {
  const portsOf = (...publish: string[]) => executorSpecOf({ publish }).network?.ports;

  it.each([
    ['8080:80', [{ port: 80, hostPort: 8080 }]],
    ['127.0.0.1:8080:80', [{ port: 80, hostPort: 8080, hostAddress: '127.0.0.1' }]],
    ['[::1]:53:5353/udp', [{ port: 5353, hostPort: 53, hostAddress: '::1', protocol: 'udp' }]],
    [
      '8000-8001:80-81',
      [
        { port: 80, hostPort: 8000 },
        { port: 81, hostPort: 8001 },
      ],
    ],
  ])('follow docker: %s', (text, ports) => {
    expect(portsOf(text)).toEqual(ports);
    expect(() => executorSpec.parse(executorSpecOf({ publish: [text], network: 'bridge' }))).not.toThrow();
  });

  it.each([
    '80',
    '127.0.0.1::80',
    ':80',
    '0:80',
    '1:70000',
    'localhost:1:2',
    '1-2:3',
    'x',
    '1:2/icmp',
    '8080:80:',
  ])('are refused as %s', (text) =>
    expect(() => portsOf(text)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(`--publish ${text}`) }),
    ),
  );

  it('are no part of an executor without ports', () => expect(executorSpecOf({})).toEqual({}));
});

describe('volumes', () => {
  it.each([
    ['state:/data', 'volume://volumes/state', '/data', false],
    ['drives/state:/data/:ro', 'volume://drives/state', '/data/', true],
    ['volume://drives/state@1:/data/../x:rw', 'volume://drives/state@1', '/x', false],
  ])('have short or full names: %s', (text, id, path, readOnly) =>
    expect(parseVolumes([text])).toEqual([{ id, mount: { path, readOnly } }]),
  );

  it.each(['/srv:/data', './data:/data', '~/data:/data', 'state', 'state:data', '/data', 'state:/data:z'])(
    'are refused as %s',
    (text) =>
      expect(() => parseVolumes([text])).toThrow(
        expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(text) }),
      ),
  );
});

it('names the flag of a place in a refusal', () => {
  const refused = (path: string, name: 'issues' | 'reasons' = 'issues') =>
    new ProblemError({ type: 'about:blank', status: 400, [name]: [{ path, message: 'is wrong' }] });
  const flags = { memory: '64', network: 'nonono', publish: ['80:80'], volume: ['a:/x', 'b:/y'] };
  const named = (error: unknown) => (namingFlags(error, flags) as ProblemError).problem;
  for (const [path, flag] of [
    ['members[1].task.spec.resources.memory.limit', '--memory 64'],
    ['members[1].task.spec.process.env[0].name', '--env'],
    ['executor.spec.network.mode', '--network nonono'],
    ['spec.network.ports[0]', '--publish 80:80'],
    ['members[2].mount.path', '--volume'],
    ['elsewhere', 'elsewhere'],
  ] as const) {
    expect(named(refused(path)).issues).toEqual([{ path: flag, message: 'is wrong' }]);
    expect(named(refused(path, 'reasons')).reasons).toEqual([{ path: flag, message: 'is wrong' }]);
  }
});

it.each([
  ['resources.memory.limit', 'at least 4194304', 'has to be at least 4m'],
  ['resources.memory.limit', 'at most 1125899906842624', 'has to be at most 1024t'],
  ['resources.cpu.quota', 'at least 1000', 'has to be at least 0.01'],
  ['deadlines.runSeconds', 'at least 1', 'has to be at least 1s'],
  ['restart.attempts', 'at most 1000000', 'has to be at most 1,000,000'],
])('says the bound of %s as its flag takes it', (path, bound, told) => {
  const issues = [{ path: `members[1].task.spec.${path}`, message: `must be ${bound}` }];
  const refused = new ProblemError({ type: 'about:blank', status: 400, issues });
  expect((namingFlags(refused, {}) as ProblemError).problem.issues?.[0]?.message).toBe(told);
});

it('reads a file of variables line by line, with any contents', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]*$/), fc.string()), (variables) => {
      const said = Object.entries(variables).map(([name, value]) => ({
        name,
        value: value.replaceAll(/[\r\n]/g, ''),
      }));
      const text = said.map(({ name, value }) => `${name}=${value}\n`).join('');
      expect(parseEnvFile('vars', text, {})).toEqual(said);
    }),
  );
});

it('makes valid names of executors', () => {
  for (let count = 0; count < 100; count += 1) expect(anyName()).toMatch(/^[a-z]+-[a-z]+-[0-9a-f]{3}$/);
});
