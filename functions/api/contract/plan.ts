import * as z from 'zod/mini';
import type { Target } from '../../../lib/composition/plan/target.ts';
import type { Plan } from '../../../lib/composition/plan/targets.ts';
import { storageKinds } from '../../../lib/kind/index.ts';
import { answered } from './component.ts';

const attempt = z.int();

const layer = answered(
  'OciLayer',
  'An archive that is to be unpacked.',
  z.object({
    id: z.string(),
    checksum: z.optional(z.string()),
    size: z.optional(z.int()),
    href: z.string(),
  }),
  {
    id: 'The element whose data it is.',
    checksum: 'Of the archive.',
    size: 'Bytes of the archive.',
    href: 'Answers a redirect to where its bytes are for a while.',
  },
);

const orders = answered(
  'Orders',
  'What a task asks of whoever runs it, besides its process: as in its specification, with all defaults.',
  z.object({
    logging: z.object({ stdout: z.unknown(), stderr: z.unknown() }),
    restart: z.looseObject({}),
    deadlines: z.looseObject({}),
    secrets: z.array(z.looseObject({ name: z.string(), valueFrom: z.string() })),
    interaction: z.looseObject({}),
    stop: z.object({ signal: z.string() }),
    healthCheck: z.optional(z.looseObject({})),
  }),
  {
    logging: 'Where its output goes.',
    'logging.stdout': '`none`, or a log: its `id` and its `spec`.',
    'logging.stderr': '`none`, or a log: its `id` and its `spec`.',
    restart: 'Whether and when it is started again.',
    deadlines: 'When it is given up.',
    secrets: 'References; whoever runs the task fetches the values.',
    'secrets[].name': 'The name of the secret.',
    'secrets[].valueFrom': 'Where its value is.',
    interaction: 'Who may talk to it while it runs.',
    stop: 'How it is stopped.',
    'stop.signal': 'The signal, without `SIG`.',
    healthCheck: 'How it is asked whether it is well; absent where it is not.',
  },
);

const ociPlan = answered(
  'OciPlan',
  'A bundle of the OCI runtime specification. Whoever runs it puts `storage` at its paths, writes `config` as config.json beside it, and keeps to `executor`.',
  z.object({
    target: z.literal('oci'),
    task: z.object({ id: z.string(), attempt }),
    config: z.looseObject({ ociVersion: z.string() }),
    layers: z.array(layer),
    storage: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(storageKinds),
        path: z.string(),
        mountPath: z.string(),
        readOnly: z.boolean(),
        writable: z.optional(z.enum(['layer', 'volume'])),
        instance: z.string(),
        capacity: z.optional(z.int()),
        layers: z.array(layer),
        nfs: z.optional(z.object({ server: z.string(), path: z.string() })),
        mountPoints: z.array(z.string()),
      }),
    ),
    executor: orders,
    processes: z.array(
      z.object({ taskId: z.string(), attempt, process: z.looseObject({}), executor: orders }),
    ),
  }),
  {
    target: 'What it is for.',
    task: 'The task that is the first process of the container, which ends with it.',
    'task.id': 'The ID of the task.',
    'task.attempt': 'Which attempt to run it this is.',
    config: 'The config.json (OCI runtime specification, config.md).',
    'config.ociVersion': 'The version of the specification.',
    layers: 'Those of the root filesystem, the eldest first.',
    storage: 'What is to be in the bundle, the root filesystem first.',
    'storage[].id': 'The ID of the image or volume.',
    'storage[].instance':
      'What is written belongs to this instance: what another of the same name left is not to be seen again.',
    'storage[].kind': 'What it is.',
    'storage[].path': 'Where it is to be, relative to the bundle.',
    'storage[].mountPath': 'Where the container sees it.',
    'storage[].readOnly': 'Whether nothing may be written there.',
    'storage[].writable': 'How writes are kept: as long as it is joined, or with the volume.',
    'storage[].capacity': 'KiB.',
    'storage[].layers': 'The eldest first, each unpacked over those before it.',
    'storage[].nfs': 'Where it is, of a volume on an NFS server.',
    'storage[].nfs.server': 'Host name or address.',
    'storage[].nfs.path': 'Absolute path on the server.',
    'storage[].mountPoints': 'Directories in it that other storage is mounted on.',
    executor: 'What the task asks besides.',
    processes: 'Further tasks of the same container.',
    'processes[].taskId': 'The ID of the task.',
    'processes[].attempt': 'Which attempt to run it this is.',
    'processes[].process': 'What `runc exec --process` takes.',
    'processes[].executor': 'What the task asks besides.',
  },
);

const ecsPlan = answered(
  'EcsPlan',
  'Two requests of the Amazon ECS API. The caller adds what is its own: `executionRoleArn`, `taskRoleArn`, `cluster`, `networkConfiguration`.',
  z.object({
    target: z.literal('ecs'),
    registerTaskDefinition: z.looseObject({ family: z.string() }),
    runTask: z.looseObject({ taskDefinition: z.string() }),
    tasks: z.array(z.object({ id: z.string(), attempt, container: z.string() })),
  }),
  {
    target: 'What it is for.',
    registerTaskDefinition: 'The body of RegisterTaskDefinition.',
    'registerTaskDefinition.family': 'The family of the definition.',
    runTask: 'The body of RunTask.',
    'runTask.taskDefinition': 'Better the ARN that the first request answers.',
    tasks: 'Which container is which attempt of which task.',
    'tasks[].id': 'The ID of the task.',
    'tasks[].attempt': 'Which attempt to run it this is.',
    'tasks[].container': 'The name of the container.',
  },
);

const containerPlan = answered(
  'ContainerPlan',
  'What the other targets are drawn from: the composition merged, with all defaults, in the words of no engine.',
  z.object({
    target: z.literal('container'),
    executor: z.object({ id: z.string(), hostname: z.string(), spec: z.looseObject({}) }),
    storage: z.array(
      z.object({
        id: z.string(),
        instance: z.string(),
        kind: z.enum(storageKinds),
        mount: z.object({ path: z.string(), readOnly: z.boolean(), persistent: z.boolean() }),
        capacity: z.optional(z.int()),
        layers: z.array(
          z.object({
            id: z.string(),
            checksum: z.optional(z.string()),
            size: z.optional(z.int()),
            unpackedSize: z.optional(z.int()),
            registryImage: z.optional(z.string()),
          }),
        ),
        nfs: z.optional(z.object({ server: z.string(), path: z.string() })),
      }),
    ),
    tasks: z.array(
      z.object({
        id: z.string(),
        attempt,
        spec: z.looseObject({}),
        process: z.looseObject({}),
        resources: z.looseObject({}),
        labels: z.record(z.string(), z.string()),
        orders,
      }),
    ),
    logs: z.array(z.object({ id: z.string(), spec: z.looseObject({}) })),
  }),
  {
    target: 'What it is for.',
    executor: 'What the tasks share.',
    'executor.id': 'The ID of the executor.',
    'executor.hostname': 'Its host name: its own, or made of what it is called.',
    'executor.spec': 'Its specification.',
    storage: 'What is mounted, in the order in which it joined.',
    'storage[].id': 'The ID of the image or volume.',
    'storage[].instance':
      'What is written belongs to this instance: what another of the same name left is not to be seen again.',
    'storage[].kind': 'What it is.',
    'storage[].mount': 'Where tasks see it.',
    'storage[].mount.path': 'The path.',
    'storage[].mount.readOnly': 'Whether nothing may be written there.',
    'storage[].mount.persistent': 'Whether what is written stays when it leaves.',
    'storage[].capacity': 'KiB.',
    'storage[].layers': 'The chain that it begins as, the eldest ancestor first.',
    'storage[].layers[].id': 'The element.',
    'storage[].layers[].checksum': 'Of its archive; absent where it has no data here.',
    'storage[].layers[].size': 'Bytes of the archive.',
    'storage[].layers[].unpackedSize': 'Bytes of what is in it.',
    'storage[].layers[].registryImage': 'The image of a registry that it stands for.',
    'storage[].nfs': 'Where it is, of a volume on an NFS server.',
    'storage[].nfs.server': 'Host name or address.',
    'storage[].nfs.path': 'Absolute path on the server.',
    tasks: 'In the order in which they joined; others run beside the first.',
    'tasks[].id': 'The ID of the task.',
    'tasks[].attempt': 'Which attempt to run it this is.',
    'tasks[].spec': 'Its specification as it was joined.',
    'tasks[].process': 'Its process, with all defaults.',
    'tasks[].resources': 'What it may use of what the executor has.',
    'tasks[].labels': 'Its annotations, and whose it is.',
    'tasks[].orders': 'What it asks besides.',
    logs: 'In the order in which they joined; the first is the default one.',
    'logs[].id': 'The ID of the log.',
    'logs[].spec': 'Where it is.',
  },
);

const plans = { oci: ociPlan, ecs: ecsPlan, container: containerPlan } satisfies {
  readonly [T in Target]: z.ZodMiniType<{ target: T } & Record<keyof Plan<T>, unknown>>;
};

export const plan = answered('Plan', 'What makes a target run a composition.', z.union(Object.values(plans)));
