import * as z from 'zod/mini';
import { checksum } from '../../element/element-schema.ts';
import type { ExecutorSpec } from '../../element/executor-spec.ts';
import { elementId, executorId, imageId, joinedTaskId } from '../../element/id-schema.ts';
import type { ImageSpec } from '../../element/image-spec.ts';
import type { LogSpec } from '../../element/log-spec.ts';
import type { TaskSpec } from '../../element/task-spec.ts';
import { described, optional } from '../../facts.ts';
import { storageKinds } from '../../kind/index.ts';
import { mount } from '../run-schema.ts';
import type { Resources } from './allowance.ts';
import type { filledProcess } from './filled.ts';
import type { Orders } from './orders.ts';
import type { Shared } from './shared.ts';
import type { Tmpfs } from './tmpfs.ts';

/** An object of which the document shows only some fields; the compiler knows the rest. */
export const partOf = <T>(told: Record<string, z.ZodMiniType> = {}) =>
  z.looseObject(told) as unknown as z.ZodMiniType<T, T>;

export const attempt = described(z.int(), 'Which attempt to run it this is.');
export const INSTANCE =
  'The ID of this instance of the volume or layer. Data of an earlier instance of the same name must not be used.';

/** The place of a volume that an NFS server keeps. */
export const nfs = described(
  z.object({
    server: described(z.string(), 'Host name or address.'),
    path: described(z.string(), 'Absolute path on the server.'),
  }),
  'Where it is, of a volume on an NFS server.',
);

/** The instructions of a task for its runner, besides its process. */
export const orders = z.object({
  logging: described(
    z.object({
      stdout: described(z.unknown(), '`service`, `none`, or a log: its `id` and its `spec`.'),
      stderr: described(z.unknown(), '`service`, `none`, or a log: its `id` and its `spec`.'),
    }),
    'The destinations of its output.',
  ),
  restart: described(partOf(), 'Whether and when it is started again.'),
  deadlines: described(partOf(), 'When it is given up.'),
  secrets: described(
    z.array(
      z.looseObject({
        name: described(z.string(), 'The name of the secret.'),
        valueFrom: described(z.string(), 'The reference to its value.'),
      }),
    ),
    'References; the runner fetches the values.',
  ),
  init: described(z.boolean(), 'Whether process 1 is an init.'),
  interaction: described(partOf(), 'Which callers may open a session with it while it runs.'),
  stop: described(
    z.object({ signal: described(z.string(), 'The signal, without `SIG`.') }),
    'How it is stopped.',
  ),
  healthCheck: optional(partOf(), 'Its health check; absent without one.'),
}) as unknown as z.ZodMiniType<Orders, Orders>;

/** One element of a chain: an archive that the service keeps, an image in a registry, or metadata alone. */
export const composedLayer = z.object({
  id: described(elementId, 'The element.'),
  digest: optional(checksum, 'Of the manifest by which an image is pulled, with all that it builds on.'),
  checksum: optional(checksum, 'The checksum of its archive; absent if the service has no data of it.'),
  size: optional(z.int(), 'Bytes of the archive.'),
  unpackedSize: optional(z.int(), 'The size of its unpacked content in bytes.'),
  registryImage: optional(z.string(), 'The image of a registry that it stands for.'),
});

/** Storage, and its path in the tasks. */
export const composedStorage = z.object({
  id: described(elementId, 'The ID of the image or volume.'),
  instance: described(z.string(), INSTANCE),
  kind: described(z.enum(storageKinds), 'What it is.'),
  digest: optional(checksum, 'Of the manifest by which it is pulled, of an image that has one.'),
  mount: described(
    z.object({
      path: described(mount.shape.path, 'The path.'),
      readOnly: mount.shape.readOnly,
      persistent: described(mount.shape.persistent, 'Whether its writes stay when it leaves.'),
    }),
    'Where tasks see it.',
  ),
  capacity: optional(z.int(), 'KiB.'),
  attachment: optional(
    z.string(),
    'The ID of its attachment, of a volume that is bound for writing and saved after the unbind: the engine says that it has it before it starts a task.',
  ),
  layers: described(z.array(composedLayer), 'The chain that it begins as, the eldest ancestor first.'),
  nfs: z.optional(nfs),
});

/** A task as its specification states it, and its merged defaults, limits and logs. */
export const composedTask = z.object({
  id: described(joinedTaskId, 'The ID of the task.'),
  attempt,
  boundBy: optional(z.string(), 'The principal who bound it; absent before it is.'),
  spec: described(partOf<TaskSpec>(), 'The specification by which it runs: its own, over that of the image.'),
  from: described(
    z.record(z.string(), z.string()),
    'Whose each field of `spec` is, by its path: `task`, `override`, the ID of an image, `executor`, `default`; `engine` for what nobody said of an image that a registry keeps.',
  ),
  process: described(partOf<ReturnType<typeof filledProcess>>(), 'Its process, with all defaults.'),
  tmpfs: described(z.array(partOf<Tmpfs>()), 'Its directories in memory.'),
  resources: described(partOf<Resources>(), 'The share of the executor’s resources that it may use.'),
  labels: described(z.record(z.string(), z.string()), 'Its annotations, and whose it is.'),
  orders: described(orders, 'Its further instructions for the runner.'),
});

/** The merged composition, independent of any engine. */
export const containerPlan = z.object({
  target: described(z.literal('container'), 'What it is for.'),
  executor: described(
    z.object({
      id: described(executorId, 'The ID of the executor.'),
      hostname: described(z.string(), 'Its host name: the stated one, or one made from its name.'),
      network: described(partOf<Shared['network']>(), 'Its network, and the ports that it publishes.'),
      extraHosts: described(
        z.array(partOf<Shared['extraHosts'][number]>()),
        'Host names and their addresses, in addition to DNS.',
      ),
      shmSize: described(z.int(), 'Bytes of `/dev/shm`.'),
      spec: described(partOf<ExecutorSpec>(), 'Its specification.'),
    }),
    'What the tasks share.',
  ),
  image: optional(
    z.object({
      id: described(imageId, 'The ID of the image.'),
      spec: described(partOf<ImageSpec>(), 'What it says.'),
    }),
    'The image that says how tasks run here: the one at `/`, or that a volume there descends from.',
  ),
  storage: described(z.array(composedStorage), 'The mounted storage, in the order in which it joined.'),
  tasks: described(z.array(composedTask), 'In the order in which they joined; others run beside the first.'),
  logs: described(
    z.array(
      z.object({
        id: described(elementId, 'The ID of the log.'),
        spec: described(partOf<LogSpec>(), 'Where it is.'),
      }),
    ),
    'In the order in which they joined; the first is the default one.',
  ),
});
