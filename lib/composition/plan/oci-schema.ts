import * as z from 'zod/mini';
import { checksum } from '../../element/element-schema.ts';
import { elementId, joinedTaskId } from '../../element/id-schema.ts';
import { described, optional } from '../../facts.ts';
import { storageKinds } from '../../kind/index.ts';
import type { Frozen } from '../../shown.ts';
import { attempt, INSTANCE, nfs, orders, partOf } from './container-schema.ts';
import type { OciConfig } from './oci-config.ts';
import type { Shared } from './shared.ts';

/** An archive that the runner unpacks. */
export const ociLayer = z.object({
  id: described(elementId, 'The ID of the element that has the data.'),
  checksum: optional(checksum, 'The checksum of the archive.'),
  size: optional(z.int(), 'The size of the archive in bytes.'),
  href: described(
    z.string(),
    'The path of the archive in the API. The API answers a redirect to a URL of the bytes, which is valid for a limited time.',
  ),
});
export type OciLayer = Frozen<z.infer<typeof ociLayer>>;

/** Storage in a bundle. */
const ociStorage = z.object({
  id: described(elementId, 'The ID of the image or volume.'),
  kind: described(z.enum(storageKinds), 'The kind of the storage: an image or a volume.'),
  path: described(z.string(), 'The path of the storage, relative to the bundle.'),
  mountPath: described(z.string(), 'The path of the storage in the container.'),
  readOnly: described(z.boolean(), 'Whether the storage is mounted read-only.'),
  writable: optional(
    z.enum(['layer', 'volume']),
    'The lifetime of writes. `layer`: as long as the storage is joined. `volume`: as long as the volume exists. Absent if the storage is mounted read-only.',
  ),
  instance: described(z.string(), INSTANCE),
  capacity: optional(z.int(), 'The capacity in KiB.'),
  layers: described(
    z.array(ociLayer),
    'The layers, the oldest first. The runner unpacks each over those before it.',
  ),
  nfs: z.optional(nfs),
  mountPoints: described(
    z.array(z.string()),
    'The directories in the storage on which other storage is mounted.',
  ),
});
export type OciStorage = Frozen<z.infer<typeof ociStorage>>;

/** A further task: the config.json of its container, and the instructions that OCI has no fields for. */
const ociExec = z.object({
  taskId: described(joinedTaskId, 'The ID of the task.'),
  attempt,
  config: described(
    partOf<OciConfig>(),
    'The config.json of the task’s own container, with its own root filesystem.',
  ),
  executor: described(orders, 'The further instructions of the task for the runner.'),
});

/**
 * A bundle of the OCI runtime specification for each task, and the instructions around it. The runner unpacks
 * (or mounts) all of `storage` at its paths below the bundle, writes `config` as config.json beside them, and
 * follows the instructions in `executor`. Each further task has a bundle and a root of its own. It shares the
 * other storage with the first task, and its namespaces of network, IPC, UTS and, if `init` is true, PID: the
 * runner adds their paths.
 */
export const ociPlan = z.object({
  target: described(z.literal('oci'), 'The target of the plan.'),
  task: described(
    z.object({ id: described(joinedTaskId, 'The ID of the task.'), attempt }),
    'The task that joined first.',
  ),
  config: described(
    partOf<OciConfig>({ ociVersion: described(z.string(), 'The version of the OCI runtime specification.') }),
    'The config.json of the first task’s container (OCI runtime specification, config.md).',
  ),
  layers: described(z.array(ociLayer), 'The layers of the root filesystem, the oldest first.'),
  storage: described(z.array(ociStorage), 'The storage of the bundle, the root filesystem first.'),
  network: described(
    partOf<Shared['network'] & Pick<Shared, 'extraHosts'>>(),
    'The network to which the runner connects the container, the ports that it publishes, and the lines of `/etc/hosts`.',
  ),
  executor: described(orders, 'The further instructions of the task for the runner.'),
  processes: described(
    z.array(ociExec),
    'The further tasks. Each has its own container, which shares network, IPC, UTS and processes with the first.',
  ),
});
export type OciPlan = Frozen<z.infer<typeof ociPlan>>;
