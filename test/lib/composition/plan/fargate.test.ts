/**
 * Plans of our own engine on Fargate. It can run more than another program with a plan, because the service handles deadlines, restarts and
 * images.
 */
import { describe, expect, it } from 'vitest';
import { compose } from '../../../../lib/composition/plan/composed-container.ts';
import { renderFargate } from '../../../../lib/composition/plan/ecs.ts';
import type { FargateEngine } from '../../../../lib/composition/plan/fargate-engine.ts';
import type { PlanInput, PlannedStorage } from '../../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { pathsOf, planOf } from './rendered.ts';
import {
  cloudwatch,
  inputOf,
  layer,
  MAIN,
  MIB,
  ownRoot,
  ROOT_IMAGE,
  registryRoot,
  someSpec,
  storage,
  task,
} from './some-input.ts';

const engine: FargateEngine = {
  registry: 'registry.example',
  registryCredentials: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:registry',
  logGroup: '/taskport/tasks',
  region: 'eu-central-1',
};
const GIB = 1024 * MIB;
const DIGEST = `sha256:${'d'.repeat(64)}` as const;
const pushed: PlannedStorage = { ...ownRoot, digest: DIGEST };

const render = (parts: Partial<PlanInput>, more: Partial<FargateEngine> = {}) =>
  renderFargate(compose(inputOf({ storage: [pushed], ...parts })), { ...engine, ...more });
const mainWith = (spec: TaskSpec): Partial<PlanInput> => ({ tasks: [task(MAIN, { ...someSpec, ...spec })] });
const containerOf = (parts: Partial<PlanInput>) => {
  const [container] = planOf(render(parts)).registerTaskDefinition.containerDefinitions;
  if (!container) throw new Error('no container');
  return container;
};

describe('a plan for our own engine on Fargate', () => {
  it('pulls an image of the service by its digest, with a credential of the service', () => {
    expect(containerOf({})).toMatchObject({
      image: `registry.example/library/base@${DIGEST}`,
      repositoryCredentials: { credentialsParameter: engine.registryCredentials },
    });
    const byDigest = `${ROOT_IMAGE}@${DIGEST}`;
    const root = storage(byDigest, '/', [layer(byDigest)], { digest: DIGEST });
    expect(containerOf({ storage: [root] }).image).toBe(`registry.example/library/base@${DIGEST}`);
  });

  it('pulls an image of another registry without that credential', () => {
    const { image, repositoryCredentials } = containerOf({ storage: [registryRoot] });
    expect(image).toMatch(/^docker\.io\//);
    expect(repositoryCredentials).toBeUndefined();
  });

  it('refuses an image without a manifest, and data over an image of another registry', () => {
    const at = [`storage["${ROOT_IMAGE}"]`];
    expect(pathsOf(render({ storage: [ownRoot] }))).toEqual(at);
    const mixed = { ...registryRoot, layers: [...registryRoot.layers, layer('image://library/over')] };
    expect(pathsOf(render({ storage: [mixed] }))).toEqual(at);
  });

  it('accepts deadlines and counted restarts, and does not pass them to ECS', () => {
    const { restartPolicy } = containerOf(
      mainWith({
        deadlines: { startSeconds: 60, runSeconds: 3600, notAfter: '2026-12-31T00:00:00Z' },
        restart: { mode: 'on-failure', attempts: 3, delaySeconds: 5, ignoredExitCodes: [3] },
      }),
    );
    expect(restartPolicy).toBeUndefined();
  });

  it('refuses restarts of one of several tasks, and accepts several without restarts', () => {
    const side = 'task://jobs/side';
    const resources = { memory: { limit: 512 * MIB }, cpu: { quota: 25_000 } };
    const process = { args: ['/bin/tool'] };
    const both = (spec: TaskSpec): Partial<PlanInput> => ({
      executor: { id: 'executor://boxes/box-1', spec: { resources } },
      tasks: [task(MAIN, { process }), task(side, { process, ...spec })],
    });
    planOf(render(both({})));
    expect(pathsOf(render(both({ restart: { mode: 'always' } })))).toEqual([`tasks["${side}"].restart.mode`]);
  });

  it('uses the stop signal of the image, and refuses another one of a task', () => {
    const image = { id: ROOT_IMAGE, spec: { stop: { signal: 'QUIT' } } };
    containerOf({ image });
    expect(pathsOf(render(mainWith({ stop: { signal: 'INT' } })))).toEqual([`tasks["${MAIN}"].stop.signal`]);
  });

  it('writes output for the service to its log group, and discarded output nowhere', () => {
    expect(containerOf({}).logConfiguration).toEqual({
      logDriver: 'awslogs',
      options: {
        'awslogs-group': '/taskport/tasks',
        'awslogs-region': 'eu-central-1',
        'awslogs-stream-prefix': 'jobs_main',
      },
    });
    const none = { logging: { stdout: 'none', stderr: 'none' } } as const;
    expect(containerOf(mainWith(none)).logConfiguration).toBeUndefined();
    const parted = mainWith({ logging: { stderr: 'none' } });
    expect(pathsOf(render(parted))).toEqual([`tasks["${MAIN}"].logging`]);
    const own = containerOf({ logs: [cloudwatch('first')] }).logConfiguration;
    expect(own?.options['awslogs-group']).toBe('/jobs/first');
  });

  it('reports all problems at once, each field that Fargate lacks included', () => {
    const spec: TaskSpec = {
      process: {
        args: ['x'],
        noNewPrivileges: true,
        user: { uid: 1, umask: 0o077, additionalGids: [10] },
        capabilities: { add: ['CAP_NET_ADMIN'] },
      },
      tmpfs: [{ path: '/run' }],
      resources: { pids: 10, memory: { limit: 3 * GIB }, cpu: { quota: 25_000 } },
      interaction: { attach: true, openStdin: true, stdinOnce: true },
      stop: { signal: 'INT' },
      deadlines: { stopSeconds: 121 },
      logging: { stdout: 'log://logs/file', stderr: 'log://logs/file' },
      healthCheck: { command: ['/c'], intervalSeconds: 301, timeoutSeconds: 1, retries: 11 },
      secrets: [
        { name: 'A', valueFrom: 'arn:aws:ssm:eu-central-1:123456789012:parameter/a', target: 'file' },
      ],
    };
    const paths = pathsOf(
      render({
        tasks: [task(MAIN, spec)],
        executor: {
          id: 'executor://boxes/box-1',
          spec: {
            hostname: 'box',
            shmSize: 128 * MIB,
            extraHosts: [{ name: 'db', address: '10.0.0.1' }],
            network: { mode: 'host', ports: [{ port: 80, hostPort: 8080 }] },
          },
        },
        logs: [{ id: 'log://logs/file', spec: { file: { path: 'a.log' } } }],
        storage: [pushed, storage('volume://data/s3', '/data', [layer('volume://data/s3')])],
      }),
    );
    const ofMain = [
      'process.noNewPrivileges',
      'process.user.umask',
      'process.user.additionalGids',
      'process.capabilities.add',
      'tmpfs',
      'resources.pids',
      'resources.memory.limit',
      'interaction.attach',
      'interaction.stdinOnce',
      'stop.signal',
      'deadlines.stopSeconds',
      'logging["log://logs/file"].file',
      'healthCheck.intervalSeconds',
      'healthCheck.timeoutSeconds',
      'healthCheck.retries',
      'secrets[0].target',
    ].map((path) => `tasks["${MAIN}"].${path}`);
    const ofAll = ['hostname', 'shmSize', 'extraHosts', 'network.mode', 'network.ports[0].hostPort'];
    expect(paths.toSorted()).toEqual(
      [...ofAll.map((path) => `executor.${path}`), 'storage["volume://data/s3"]', ...ofMain].toSorted(),
    );
  });

  it('is as large as ECS takes, and no larger, and nothing of it is an override', () => {
    const bytes = (characters: number) => mainWith({ process: { args: ['x'.repeat(characters)] } });
    const sizeOf = (request: object): number => Buffer.byteLength(JSON.stringify(request));
    const { registerTaskDefinition, runTask } = planOf(render(bytes(9_000)));
    const room = 65_536 - sizeOf(registerTaskDefinition);
    const whole = planOf(render(bytes(9_000 + room)));
    expect(sizeOf(whole.registerTaskDefinition)).toBe(65_536);
    expect(runTask).not.toHaveProperty('overrides');
    expect(pathsOf(render(bytes(9_001 + room)))).toEqual(['tasks']);
    // A letter of two bytes counts as two.
    const wide = mainWith({ process: { args: [`${'x'.repeat(8_999 + room)}é`] } });
    expect(pathsOf(render(wide))).toEqual(['tasks']);
  });

  it('has ten containers, and is refused with eleven', () => {
    const tasks = Array.from({ length: 11 }, (_, at) =>
      task(`task://jobs/t-${at}`, { process: { args: ['x'] } }),
    );
    const resources = { memory: { limit: 512 * MIB }, cpu: { quota: 25_000 } };
    const executor = { id: 'executor://boxes/box-1', spec: { resources } };
    const ten = planOf(render({ executor, tasks: tasks.slice(1) }));
    expect(ten.registerTaskDefinition.containerDefinitions).toHaveLength(10);
    expect(pathsOf(render({ executor, tasks }))).toEqual(['tasks']);
  });
});
