import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, planOf, reasonsOf, renderOci } from './rendered.ts';
import { cloudwatch, inputOf, MAIN, someSpec, task, withSpec } from './some-input.ts';

const plan = (parts: Partial<PlanInput> = {}) => planOf(renderOci(inputOf(parts)));
const planFor = (spec: TaskSpec, parts: Partial<PlanInput> = {}) =>
  planOf(renderOci(withSpec(inputOf(parts), spec)));
const reasons = (parts: Partial<PlanInput>) => reasonsOf(renderOci(inputOf(parts)));
const run = { args: ['/bin/tool'] };

describe('the process', () => {
  it('has the defaults of the specification', () => {
    const { process } = planFor({ process: run }).config;
    expect(process).toMatchObject({
      ...{ args: ['/bin/tool'], cwd: '/', env: [], terminal: false, noNewPrivileges: false, rlimits: [] },
      user: { uid: 0, gid: 0, umask: 0o022, additionalGids: [] },
    });
    expect(process.capabilities.bounding).toHaveLength(14);
  });

  it('has its environment in the form of OCI', () => {
    const env = [
      { name: 'A', value: 'b=c' },
      { name: 'EMPTY', value: '' },
    ];
    expect(planFor({ process: { ...run, env } }).config.process.env).toEqual(['A=b=c', 'EMPTY=']);
  });

  it.each([
    [{ drop: ['ALL'], add: ['CAP_KILL'] } as const, ['CAP_KILL']],
    [{ drop: ['ALL'] } as const, []],
  ])('has the capabilities that %j leaves', (capabilities, expected) => {
    const changes = { drop: [...capabilities.drop], add: 'add' in capabilities ? [...capabilities.add] : [] };
    const granted = planFor({ process: { ...run, capabilities: changes } }).config.process.capabilities;
    expect(granted).toEqual({ bounding: expected, effective: expected, permitted: expected });
  });

  it('has all capabilities except dropped ones, if all are added', () => {
    const capabilities = { add: ['ALL' as const], drop: ['CAP_SYS_ADMIN' as const] };
    const { bounding } = planFor({ process: { ...run, capabilities } }).config.process.capabilities;
    expect(bounding).toHaveLength(40);
    expect(bounding).not.toContain('CAP_SYS_ADMIN');
  });

  it('needs arguments, and a numeric user', () => {
    const spec = { process: { user: { username: 'app' } } };
    expect(pathsOf(renderOci(withSpec(inputOf(), spec)))).toEqual([
      `tasks["${MAIN}"].process.args`,
      `tasks["${MAIN}"].process.user.username`,
    ]);
  });
});

describe('the host name', () => {
  it.each([
    ['executor://boxes/box-1', 'box-1'],
    ['executor://boxes/web_1.example:8080', 'web-1-example-8080'],
    [`executor://boxes/${'x'.repeat(62)}__y`, `${'x'.repeat(62)}`],
  ])('derives from the name of the executor: %s', (id, hostname) => {
    expect(plan({ executor: { id, spec: {} } }).config.hostname).toBe(hostname);
  });

  it('is the one that the executor names', () => {
    const executor = { id: 'executor://boxes/box-1', spec: { hostname: 'other' } };
    expect(plan({ executor }).config.hostname).toBe('other');
  });
});

describe('settings outside the OCI specification', () => {
  it('are beside the document, with all defaults', () => {
    expect(planFor({ process: run }).executor).toEqual({
      logging: { stdout: 'service', stderr: 'service' },
      restart: {
        mode: 'never',
        delaySeconds: 10,
        backoff: 2,
        maxDelaySeconds: 300,
        resetSeconds: 300,
        ignoredExitCodes: [],
      },
      deadlines: { stopSeconds: 30 },
      secrets: [],
      init: true,
      interaction: { attach: false, openStdin: false, stdinOnce: false },
      stop: { signal: 'TERM' },
    });
  });

  it('have defaults within the limits of the task', () => {
    const { restart, healthCheck } = planFor({
      process: run,
      restart: { mode: 'always', delaySeconds: 600 },
      healthCheck: { command: ['/bin/check'], intervalSeconds: 3 },
    }).executor;
    expect(restart.maxDelaySeconds).toBe(600);
    expect(healthCheck).toMatchObject({ intervalSeconds: 3, timeoutSeconds: 3 });
  });

  it('name logs with their specifications, the default one first', () => {
    const logs = [cloudwatch('first'), cloudwatch('second')];
    const spec = { process: run, logging: { stderr: 'log://logs/second' } };
    expect(planFor(spec, { logs }).executor.logging).toEqual({ stdout: logs[0], stderr: logs[1] });
    expect(planFor({ process: run, logging: { stdout: 'none' } }, { logs }).executor.logging).toEqual({
      stdout: 'none',
      stderr: logs[0],
    });
  });

  it('need the logs that they name', () => {
    const tasks = [task(MAIN, { process: run, logging: { stdout: 'log://logs/other' } })];
    expect(reasons({ tasks })).toEqual([
      {
        path: `tasks["${MAIN}"].logging.stdout`,
        message: 'is log://logs/other, which is not joined to the executor: join it first',
      },
    ]);
  });

  it('have one name for a signal', () => {
    expect(planFor({ process: run, stop: { signal: 'SIGINT' } }).executor.stop).toEqual({ signal: 'INT' });
  });
});

describe('tasks', () => {
  const side = 'task://jobs/side';

  it('are a container each, with its attempt', () => {
    const tasks = [task(MAIN, someSpec, 3), task(side, { process: { args: ['/bin/side'] } }, 2)];
    const { task: main, config, processes } = plan({ tasks });
    expect(main).toEqual({ id: MAIN, attempt: 3 });
    expect(config.process.args).toEqual(['/bin/tool', '--now']);
    expect(processes).toMatchObject([
      { taskId: side, attempt: 2, config: { process: { args: ['/bin/side'], cwd: '/' } } },
    ]);
  });

  it('are identified by the annotations of the container', () => {
    const { annotations } = planFor({ process: run, annotations: { owner: 'a' } }).config;
    expect(annotations).toEqual({
      owner: 'a',
      'dev.taskport.executor': 'executor://boxes/box-1',
      'dev.taskport.task': MAIN,
    });
    expect(
      reasons({ tasks: [task(MAIN, { process: run, annotations: { 'dev.taskport.task': 'x' } })] }),
    ).toHaveLength(1);
  });

  it('have limits, root and annotations of their own', () => {
    const of = (pids: number, readOnly: boolean, owner: string): TaskSpec => ({
      process: run,
      resources: { pids },
      root: { readOnly },
      annotations: { owner },
    });
    const { config, processes } = plan({
      tasks: [task(MAIN, of(10, true, 'a')), task(side, of(11, false, 'b'))],
    });
    expect([config, processes[0]?.config]).toMatchObject([
      {
        root: { readonly: true },
        annotations: { owner: 'a' },
        linux: { resources: { pids: { limit: 10 } } },
      },
      {
        root: { readonly: false },
        annotations: { owner: 'b' },
        linux: { resources: { pids: { limit: 11 } } },
      },
    ]);
  });

  it('have the network of the machine if the executor requests it, and lines to add to /etc/hosts', () => {
    const spec = { network: { mode: 'host' }, extraHosts: [{ name: 'db', address: '10.0.0.1' }] };
    const { config, network } = plan({ executor: { id: 'executor://boxes/box-1', spec } });
    expect(config.linux.namespaces).not.toContainEqual({ type: 'network' });
    expect(network).toEqual({ mode: 'host', ports: [], extraHosts: spec.extraHosts });
  });

  it('must be present', () => {
    expect(reasons({ tasks: [] }).map(({ path }) => path)).toEqual(['tasks']);
  });
});
