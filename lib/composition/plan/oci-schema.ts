import * as z from 'zod/mini';
import { checksum } from '../../element/element-schema.ts';
import { elementId, taskId } from '../../element/id-schema.ts';
import { described, optional } from '../../facts.ts';
import { storageKinds } from '../../kind/index.ts';
import type { Frozen } from '../../shown.ts';
import { attempt, INSTANCE, nfs, orders, partOf } from './container-schema.ts';
import type { OciConfig } from './oci-config.ts';
import type { OciProcess } from './oci-process.ts';

/** An archive that is to be unpacked. */
export const ociLayer = z.object({
  id: described(elementId, 'The element whose data it is.'),
  checksum: optional(checksum, 'Of the archive.'),
  size: optional(z.int(), 'Bytes of the archive.'),
  href: described(z.string(), 'Answers a redirect to where its bytes are for a while.'),
});
export type OciLayer = Frozen<z.infer<typeof ociLayer>>;

/** Storage as it is to be in a bundle. */
const ociStorage = z.object({
  id: described(elementId, 'The ID of the image or volume.'),
  kind: described(z.enum(storageKinds), 'What it is.'),
  path: described(z.string(), 'Where it is to be, relative to the bundle.'),
  mountPath: described(z.string(), 'Where the container sees it.'),
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

/** A further task of the same container: what `runc exec --process` takes, and what OCI has no words for. */
const ociExec = z.object({
  taskId: described(taskId, 'The ID of the task.'),
  attempt,
  process: described(partOf<OciProcess>(), 'What `runc exec --process` takes.'),
  executor: described(orders, 'What the task asks besides.'),
});
export type OciExec = Frozen<z.infer<typeof ociExec>>;

/**
 * A bundle of the OCI runtime specification, and what is to be done around it. Whoever runs it unpacks (or
 * mounts) all of `storage` at its paths below the bundle, writes `config` as config.json beside them, and keeps
 * to `executor`.
 */
export const ociPlan = z.object({
  target: described(z.literal('oci'), 'What it is for.'),
  task: described(
    z.object({ id: described(taskId, 'The ID of the task.'), attempt }),
    'The task that is the first process of the container, which ends with it.',
  ),
  config: described(
    partOf<OciConfig>({ ociVersion: described(z.string(), 'The version of the specification.') }),
    'The config.json (OCI runtime specification, config.md).',
  ),
  layers: described(z.array(ociLayer), 'Those of the root filesystem, the eldest first.'),
  storage: described(z.array(ociStorage), 'What is to be in the bundle, the root filesystem first.'),
  executor: described(orders, 'What the task asks besides.'),
  processes: described(z.array(ociExec), 'Further tasks of the same container.'),
});
export type OciPlan = Frozen<z.infer<typeof ociPlan>>;
