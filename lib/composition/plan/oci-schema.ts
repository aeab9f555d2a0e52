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
  id: described(elementId, 'The element whose data it is.'),
  checksum: optional(checksum, 'Of the archive.'),
  size: optional(z.int(), 'Bytes of the archive.'),
  href: described(z.string(), 'Answers a redirect to where its bytes are for a while.'),
});
export type OciLayer = Frozen<z.infer<typeof ociLayer>>;

/** Storage in a bundle. */
const ociStorage = z.object({
  id: described(elementId, 'The ID of the image or volume.'),
  kind: described(z.enum(storageKinds), 'What it is.'),
  path: described(z.string(), 'Its path, relative to the bundle.'),
  mountPath: described(z.string(), 'Its path in the container.'),
  readOnly: described(z.boolean(), 'Whether nothing may be written there.'),
  writable: optional(
    z.enum(['layer', 'volume']),
    'How writes are kept: as long as it is joined, or with the volume.',
  ),
  instance: described(z.string(), INSTANCE),
  capacity: optional(z.int(), 'KiB.'),
  layers: described(z.array(ociLayer), 'The eldest first, each unpacked over those before it.'),
  nfs: z.optional(nfs),
  mountPoints: described(z.array(z.string()), 'Directories in it that other storage is mounted on.'),
});
export type OciStorage = Frozen<z.infer<typeof ociStorage>>;

/** A further task: the config.json of its container, and the instructions that OCI has no fields for. */
const ociExec = z.object({
  taskId: described(joinedTaskId, 'The ID of the task.'),
  attempt,
  config: described(partOf<OciConfig>(), 'The config.json of its own container, with a root of its own.'),
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
  target: described(z.literal('oci'), 'What it is for.'),
  task: described(
    z.object({ id: described(joinedTaskId, 'The ID of the task.'), attempt }),
    'The task that joined first.',
  ),
  config: described(
    partOf<OciConfig>({ ociVersion: described(z.string(), 'The version of the specification.') }),
    'The config.json (OCI runtime specification, config.md).',
  ),
  layers: described(z.array(ociLayer), 'Those of the root filesystem, the eldest first.'),
  storage: described(z.array(ociStorage), 'The storage of the bundle, the root filesystem first.'),
  network: described(
    partOf<Shared['network'] & Pick<Shared, 'extraHosts'>>(),
    'What the network is to be connected to, the ports to be published, and lines of `/etc/hosts`.',
  ),
  executor: described(orders, 'The further instructions of the task for the runner.'),
  processes: described(
    z.array(ociExec),
    'Further tasks, each in a container of its own that shares network, IPC, UTS and processes with the first.',
  ),
});
export type OciPlan = Frozen<z.infer<typeof ociPlan>>;
