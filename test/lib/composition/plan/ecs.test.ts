import { RegionInfo } from 'aws-cdk-lib/region-info';
import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../../../lib/composition/plan/plan-input.ts';
import { pathsOf, planOf, renderEcs } from './rendered.ts';
import { containerOf, ecsInput, refused, requestOf } from './some-ecs.ts';
import {
  someArgs as args,
  cloudwatch,
  efsVolume,
  executorWith,
  layer,
  MAIN,
  MIB,
  ownRoot,
  REGISTRY_REFERENCE,
  ROOT_IMAGE,
  readOnly,
  registryRoot,
  storage,
  task,
} from './some-input.ts';

describe('the requests to ECS', () => {
  it('are a task definition and its run on Fargate', () => {
    const { runTask, registerTaskDefinition, tasks } = planOf(
      renderEcs(ecsInput({ logs: [cloudwatch('first')] })),
    );
    expect(registerTaskDefinition).toEqual({
      family: 'boxes_box-1',
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      volumes: [],
      containerDefinitions: [
        {
          name: 'jobs_main',
          image: REGISTRY_REFERENCE,
          essential: true,
          command: ['/bin/tool', '--now'],
          pseudoTerminal: false,
          interactive: false,
          environment: [],
          secrets: [],
          memory: 512,
          ulimits: [],
          linuxParameters: { capabilities: { add: [], drop: [] }, initProcessEnabled: true },
          readonlyRootFilesystem: false,
          mountPoints: [],
          dockerLabels: { 'dev.taskport.executor': 'executor://boxes/box-1', 'dev.taskport.task': MAIN },
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/jobs/first',
              'awslogs-region': 'eu-central-1',
              'awslogs-stream-prefix': 'jobs_main',
            },
          },
          stopTimeout: 30,
        },
      ],
    });
    expect(runTask).toEqual({
      taskDefinition: 'boxes_box-1',
      launchType: 'FARGATE',
      count: 1,
      startedBy: 'taskport',
    });
    expect(tasks).toEqual([{ id: MAIN, attempt: 1, container: 'jobs_main' }]);
  });

  it('have unique names that ECS accepts', () => {
    const names = ['a.b', 'a:b', 'a+b', 'a-b', 'x'.repeat(255)].map((name) => {
      const id = `executor://boxes/${name}`;
      return requestOf({ executor: { id, spec: {} } }).family;
    });
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,255}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are within the size limit and the number of containers of ECS', () => {
    const env = Array.from({ length: 3 }, (_, index) => ({ name: `V${index}`, value: 'x'.repeat(30_000) }));
    expect(refused({ process: { args, env } })).toEqual(['tasks']);
    const executor = executorWith({ memory: { limit: 512 * MIB }, cpu: { quota: 25_000 } });
    const tasks = Array.from({ length: 11 }, (_, index) =>
      task(`task://jobs/t${index}`, { process: { args } }),
    );
    expect(pathsOf(renderEcs(ecsInput({ executor, tasks })))).toEqual(['tasks']);
  });
});

describe('the root filesystem on ECS', () => {
  it('is the registry image that the nearest image of the chain names', () => {
    const tagged = storage('image://library/tagged', '/', [
      ...registryRoot.layers,
      { id: 'image://library/tagged', ro: {} },
    ]);
    expect(requestOf({ storage: [tagged] }).containerDefinitions[0]?.image).toBe(REGISTRY_REFERENCE);
    const newer = { id: 'image://library/newer', ro: { 'registry/image': 'docker.io/library/alpine:edge' } };
    const renamed = storage(newer.id, '/', [...registryRoot.layers, newer]);
    expect(requestOf({ storage: [renamed] }).containerDefinitions[0]?.image).toBe(
      'docker.io/library/alpine:edge',
    );
  });

  it.each<[string, PlanInput['storage'][number]]>([
    ['an image with data', ownRoot],
    [
      'data on top of a registry image',
      storage('image://a/b', '/', [...registryRoot.layers, layer('image://a/b')]),
    ],
    ['an image that names none', storage(ROOT_IMAGE, '/', [{ id: ROOT_IMAGE, ro: {} }])],
    [
      'a name without tag',
      storage(ROOT_IMAGE, '/', [{ id: ROOT_IMAGE, ro: { 'registry/image': 'ghcr.io/a/b' } }]),
    ],
    ['a volume', efsVolume('root', '/')],
  ])('cannot be %s', (_, root) => {
    const paths = pathsOf(renderEcs(ecsInput({ storage: [root] })));
    expect(new Set(paths)).toEqual(new Set([`storage["${root.id}"]`]));
  });

  it('is read-only by the mount or by the task', () => {
    expect(containerOf({}, { storage: [readOnly(registryRoot)] }).readonlyRootFilesystem).toBe(true);
    expect(containerOf({ root: { readOnly: true } }).readonlyRootFilesystem).toBe(true);
    expect(containerOf({}).readonlyRootFilesystem).toBe(false);
  });

  it('has the free space of the image, within the limits of Fargate', () => {
    const of = (gib: number) => ({ storage: [{ ...registryRoot, capacity: gib * 2 ** 20 }] });
    expect(requestOf(of(20))).not.toHaveProperty('ephemeralStorage');
    expect(requestOf(of(21)).ephemeralStorage).toEqual({ sizeInGiB: 21 });
    expect(pathsOf(renderEcs(ecsInput(of(201))))).toEqual([`storage["${ROOT_IMAGE}"]`]);
  });
});

/** The domain suffixes of AWS in all partitions. */
const suffixes = new Set(RegionInfo.regions.flatMap(({ domainSuffix }) => domainSuffix ?? []));

describe('volumes on ECS', () => {
  it('are those on EFS', () => {
    const { volumes, containerDefinitions } = requestOf({
      storage: [readOnly(efsVolume('inner', '/data/inner')), registryRoot, efsVolume('outer', '/data')],
    });
    expect(volumes).toContainEqual({
      name: 'shared_inner',
      efsVolumeConfiguration: {
        fileSystemId: 'fs-0123456789abcdef0',
        rootDirectory: '/inner',
        transitEncryption: 'ENABLED',
      },
    });
    expect(containerDefinitions[0]?.mountPoints).toEqual([
      { sourceVolume: 'shared_outer', containerPath: '/data', readOnly: false },
      { sourceVolume: 'shared_inner', containerPath: '/data/inner', readOnly: true },
    ]);
  });

  it.each([...suffixes])('are those on EFS with names that end in %s', (suffix) => {
    const nfs = { server: `fs-0123456789abcdef0.efs.some-region-1.${suffix}`, path: '/a' };
    const { volumes } = requestOf({ storage: [registryRoot, storage('volume://v/a', '/a', [], { nfs })] });
    expect(volumes).toMatchObject([{ efsVolumeConfiguration: { fileSystemId: 'fs-0123456789abcdef0' } }]);
  });

  it.each<[string, PlanInput['storage'][number]]>([
    ['a volume whose data is here', storage('volume://v/a', '/a', [layer('volume://v/a')])],
    [
      'an NFS server of somebody else',
      storage('volume://v/a', '/a', [], { nfs: { server: 'nfs.example.com', path: '/a' } }),
    ],
    ['an image beside the root', storage('image://v/a', '/a', registryRoot.layers)],
  ])('cannot be %s', (_, other) => {
    expect(pathsOf(renderEcs(ecsInput({ storage: [registryRoot, other] })))).toEqual([
      `storage["${other.id}"]`,
    ]);
  });
});
