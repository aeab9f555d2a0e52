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

export const attempt = described(z.int(), 'The number of the attempt.');
export const INSTANCE =
  'The ID of this instance of the volume or layer. Data of an earlier instance of the same name must not be used.';

/** The place of a volume that an NFS server keeps. */
export const nfs = described(
  z.object({
    server: described(z.string(), 'The host name or address of the NFS server.'),
    path: described(z.string(), 'The absolute path on the NFS server.'),
  }),
  'The place of a volume on an NFS server. Absent if no NFS server keeps the volume.',
);

/** The instructions of a task for its runner, besides its process. */
export const orders = z.object({
  logging: described(
    z.object({
      stdout: described(z.unknown(), 'The destination: `service`, `none`, or the `id` and `spec` of a log.'),
      stderr: described(z.unknown(), 'The destination: `service`, `none`, or the `id` and `spec` of a log.'),
    }),
    'The destinations of the output.',
  ),
  restart: described(partOf(), 'The restart policy of the task.'),
  deadlines: described(partOf(), 'The deadlines of the task.'),
  secrets: described(
    z.array(
      z.looseObject({
        name: described(z.string(), 'The name of the secret.'),
        valueFrom: described(z.string(), 'The reference to the value of the secret.'),
      }),
    ),
    'The references to secrets. The runner fetches their values.',
  ),
  init: described(z.boolean(), 'Whether process 1 is an init.'),
  interaction: described(partOf(), 'The sessions that callers may open with the running task.'),
  stop: described(
    z.object({ signal: described(z.string(), 'The name of the signal, without `SIG`.') }),
    'The way in which the runner stops the task.',
  ),
  healthCheck: optional(partOf(), 'The health check of the task. Absent if it has none.'),
}) as unknown as z.ZodMiniType<Orders, Orders>;

/** One element of a chain: an archive that the service keeps, an image in a registry, or metadata alone. */
export const composedLayer = z.object({
  id: described(elementId, 'The ID of the element.'),
  digest: optional(
    checksum,
    'The digest of the manifest by which an engine pulls the image together with its ancestors.',
  ),
  checksum: optional(
    checksum,
    'The checksum of the archive. Absent if the service has no data of the element.',
  ),
  size: optional(z.int(), 'The size of the archive in bytes.'),
  unpackedSize: optional(z.int(), 'The size of the unpacked content in bytes.'),
  registryImage: optional(z.string(), 'The image in a registry for which the element stands.'),
});

/** Storage, and its path in the tasks. */
export const composedStorage = z.object({
  id: described(elementId, 'The ID of the image or volume.'),
  instance: described(z.string(), INSTANCE),
  kind: described(z.enum(storageKinds), 'The kind of the storage: an image or a volume.'),
  digest: optional(
    checksum,
    'The digest of the manifest by which an engine pulls the image. Absent if the storage has no manifest.',
  ),
  mount: described(
    z.object({
      path: described(mount.shape.path, 'The absolute, normalised path in the tasks.'),
      readOnly: mount.shape.readOnly,
      persistent: described(mount.shape.persistent, 'Whether writes are kept after the storage leaves.'),
    }),
    'The mount of the storage in the tasks.',
  ),
  capacity: optional(z.int(), 'The capacity in KiB.'),
  attachment: optional(
    z.string(),
    'The ID of the attachment of a volume that is bound for writing and saved after the unbind. The engine claims the attachment before it starts a task.',
  ),
  layers: described(
    z.array(composedLayer),
    'The layers with which the storage begins, the oldest ancestor first.',
  ),
  nfs: z.optional(nfs),
});

/** A task as its specification states it, and its merged defaults, limits and logs. */
export const composedTask = z.object({
  id: described(joinedTaskId, 'The ID of the task.'),
  attempt,
  boundBy: optional(z.string(), 'The principal who bound the task. Absent before the first bind.'),
  spec: described(
    partOf<TaskSpec>(),
    'The specification by which the task runs: its own, merged over that of the image.',
  ),
  from: described(
    z.record(z.string(), z.string()),
    'The origin of each field of `spec`, by the path of the field: `task`, `override`, the ID of an image, `executor` or `default`. `engine`: the engine takes the field from an image in a registry, since nobody set it.',
  ),
  process: described(
    partOf<ReturnType<typeof filledProcess>>(),
    'The process of the task, with all defaults.',
  ),
  tmpfs: described(z.array(partOf<Tmpfs>()), 'The in-memory directories of the task.'),
  resources: described(partOf<Resources>(), 'The share of the executor’s resources that the task may use.'),
  labels: described(
    z.record(z.string(), z.string()),
    'The labels of the container: the annotations of the task, the ports and volumes of its image, and the IDs of the task and the executor.',
  ),
  orders: described(orders, 'The further instructions of the task for the runner.'),
});

/** The merged composition, independent of any engine. */
export const containerPlan = z.object({
  target: described(z.literal('container'), 'The target of the plan.'),
  executor: described(
    z.object({
      id: described(executorId, 'The ID of the executor.'),
      hostname: described(
        z.string(),
        'The host name of the executor: the one in its specification, or one made from its name.',
      ),
      network: described(
        partOf<Shared['network']>(),
        'The network of the executor, and the ports that it publishes.',
      ),
      extraHosts: described(
        z.array(partOf<Shared['extraHosts'][number]>()),
        'Host names and their addresses, in addition to DNS.',
      ),
      shmSize: described(z.int(), 'The size of `/dev/shm` in bytes.'),
      spec: described(partOf<ExecutorSpec>(), 'The specification of the executor.'),
    }),
    'The executor, with the parts that its tasks share.',
  ),
  image: optional(
    z.object({
      id: described(imageId, 'The ID of the image.'),
      spec: described(partOf<ImageSpec>(), 'The specification of the image.'),
    }),
    'The image whose configuration the tasks use: the image at `/`, or the image from which the volume at `/` descends. Absent if there is none.',
  ),
  storage: described(z.array(composedStorage), 'The mounted storage, in the order in which it joined.'),
  tasks: described(
    z.array(composedTask),
    'The tasks, in the order in which they joined. The others run beside the first.',
  ),
  logs: described(
    z.array(
      z.object({
        id: described(elementId, 'The ID of the log.'),
        spec: described(partOf<LogSpec>(), 'The specification of the log.'),
      }),
    ),
    'The logs, in the order in which they joined. The first is the default.',
  ),
});
