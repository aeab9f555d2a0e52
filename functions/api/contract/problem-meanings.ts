import * as z from 'zod/mini';
import { settled } from '../../../lib/element/attachment-schema.ts';
import { executorId, parentId } from '../../../lib/element/id-schema.ts';
import type { ProblemCode } from '../../../lib/errors.ts';
import { described, optional } from '../../../lib/facts.ts';
import { opaque } from '../../../lib/formats.ts';

export interface ProblemMeaning {
  /** When the API answers it, and the way out. */
  readonly meaning: string;
  /** The members of the problem beside its code and its detail. */
  readonly members?: Readonly<Record<string, z.ZodMiniType>>;
}

const text = z.string();
const texts = z.array(z.string());
const number = z.int();

const id = optional(text, 'The ID of the element.');
const state = described(text, 'The present state of the element, task or location.');
const places = z.array(
  z.object({
    path: described(text, 'The path of the field.'),
    message: described(text, 'The reason why the field is not valid, and what to do.'),
  }),
);

/** Every problem that the API answers, for readers of its document. */
export const problemMeanings: Readonly<Record<ProblemCode, ProblemMeaning>> = {
  'invalid-request': {
    meaning:
      'The body, the query, a header or the path of the request is not valid. `issues` names each wrong field.',
    members: {
      // Problems that the framework reports itself name no place.
      issues: optional(places, 'Every wrong field.'),
    },
  },
  'invalid-filterspec': {
    meaning: 'The query names a filter or a field that does not exist.',
    members: {
      filter: described(text, 'The name of the filter or field.'),
      indexed: described(texts, 'The keys that the location indexes, and by which filters can select.'),
    },
  },
  'invalid-handle': { meaning: 'This deployment did not issue the handle. Open the composition to get one.' },
  'data-error': {
    meaning:
      'The data is not as announced, or its archive is broken, unsafe or too large. Correct it, and send it again.',
    members: {
      entry: optional(text, 'The path of the refused entry in the archive.'),
      expected: optional(number, 'The announced size in bytes.'),
      actual: optional(number, 'The size of the received data in bytes.'),
      missing: optional(z.array(number), 'The numbers of the missing parts, at most 100.'),
    },
  },
  unauthenticated: { meaning: 'The request names no known caller. Sign it, or send a token.' },
  'permission-denied': {
    meaning: 'The caller may not do that. Ask the owner of the location for a grant.',
    members: {
      action: described(text, 'The action that the caller may not take.'),
      issues: optional(places, 'Every field of the request that the caller may not set.'),
      hidden: optional(number, 'The number of elements in the answer that the caller may not read.'),
    },
  },
  'invalid-location': {
    meaning:
      'The policy of the location forbids the change, or the location is being deleted. Take another location.',
    members: {
      policy: described(text, 'The policy of the location, or `closing` if the location is being deleted.'),
    },
  },
  'unknown-location': {
    meaning: 'The location does not exist, or keeps elements of another kind.',
    members: { location: described(text, 'The name of the location.') },
  },
  'not-found': {
    meaning: 'The element or tag does not exist, or does not have what the request asks for.',
    members: { id },
  },
  'unknown-route': { meaning: 'The API has no such path.' },
  'method-not-allowed': {
    meaning: 'The path does not have this method.',
    members: { allowed: described(texts, 'The methods of the path, as in the header `Allow`.') },
  },
  'name-collision': {
    meaning: 'The name is taken. Take another.',
    members: { id: described(text, 'The ID of the element or tag that has the name.') },
  },
  'read-only-key': {
    meaning:
      'The request names a key of `ro`, which never changes and cannot be in `rw` too. Use another key.',
    members: { keys: described(texts, 'The refused keys.') },
  },
  'unknown-parent': {
    meaning: 'The parent does not exist. Create it first.',
    members: { parentId: described(parentId, 'The ID of the parent in the request.') },
  },
  'invalid-parent': {
    meaning: 'The element cannot have this parent: the parent is of the wrong kind, or not ready.',
    members: { reason: described(text, 'The reason why the element cannot have the parent.') },
  },
  'invalid-entry': {
    meaning: 'Entries of the metadata are not valid.',
    members: {
      entries: described(
        z.array(
          z.object({
            key: described(text, 'The key of the entry.'),
            reason: described(text, 'The reason why the entry is not valid.'),
            limit: optional(number, 'The limit that the entry exceeds, if it does.'),
          }),
        ),
        'Every entry that is not valid.',
      ),
    },
  },
  'in-use': {
    meaning: 'Other elements refer to the element. Remove those references first, as `detail` says.',
    members: {
      references: described(
        z.array(
          z.object({
            id: described(text, 'The ID of the referring element or tag.'),
            kind: described(
              text,
              'The kind of the reference: `child`, `composition`, `association`, `member`, `tag`, `image`, `index`, a `task` that needs the element, or an `element` of the location.',
            ),
          }),
        ),
        'The references that the caller may read, as in the list of references; at most 100.',
      ),
      hidden: described(number, 'The number of references that the caller may not read.'),
      cursor: optional(opaque, 'The cursor for the next page of `…/references`; absent on the last page.'),
    },
  },
  'insufficient-space': {
    meaning: 'The location has too little capacity left. Delete elements of it, or raise its capacity.',
    members: { available: described(number, 'The remaining capacity of the location in KiB.') },
  },
  'invalid-state': {
    meaning: 'The state of the element, task or location does not allow that.',
    members: { state, attempt: optional(number, 'The present attempt of the task.') },
  },
  'stale-handle': {
    meaning:
      'The composition has changed since the service answered this handle. Open it again to get the present one.',
  },
  'already-joined': { meaning: 'The element is joined already. Let it leave first.', members: { id } },
  'not-joined': {
    meaning: 'The element, or another that it needs, is not joined. Join it first.',
    members: { id },
  },
  'already-bound': { meaning: 'The element is bound already. Unbind it first.', members: { id } },
  'not-bound': {
    meaning: 'The element, or another that it needs, is not bound. Bind it first.',
    members: { id },
  },
  'mount-conflict': {
    meaning: 'Another element is mounted at that path. Take another path.',
    members: { path: described(text, 'The path in the container.') },
  },
  'volume-attached': {
    meaning:
      'The volume is attached to another executor for writing, and only one executor can write to it. Unbind it there first.',
    members: {
      executorId: optional(
        executorId,
        'The ID of the executor to which the volume is attached. Absent if the caller may not read it.',
      ),
      hidden: optional(
        number,
        'The number of executors to which the volume is attached and that the caller may not read. If present, `executorId` is absent.',
      ),
    },
  },
  'volume-elsewhere': {
    meaning:
      'Another engine has unsaved writes to the volume. Only that engine can save them or start tasks with the volume. Start its runner again; or have an administrator of the volume’s location release the volume, **which discards the writes**.',
    members: { engine: described(text, 'The ID of the engine that has the unsaved writes.') },
  },
  'not-attached': {
    meaning:
      'The attachment has ended: the writes are saved or discarded, or the mount says that they are never saved.',
    members: {
      settled: optional(settled, 'The end of the last attachment. Absent if the service does not know it.'),
    },
  },
  'runner-elsewhere': {
    meaning:
      'Another engine runs the tasks of the location: the engine of another runner, or the engine of the deployment that the location names.',
    members: {
      engine: described(text, 'The ID of the engine.'),
      runner: optional(
        text,
        'The runner on that engine. Absent if the runner was interrupted, and for an engine of the deployment.',
      ),
      heardAt: optional(
        text,
        'The time of the last call of the runner. Absent for an engine of the deployment.',
      ),
    },
  },
  'stale-runner': {
    meaning:
      'Another runner has claimed the lease of the location since, or the lease was given back or fenced. A runner that gets this for its own epoch must stop running tasks.',
    members: {
      epoch: described(number, 'The present epoch of the lease.'),
      engine: optional(text, 'The ID of the engine that has the lease. Absent if the lease is free.'),
    },
  },
  'no-root-filesystem': {
    meaning: 'The task has no root filesystem: no element is bound at `/`. Join and bind an image there.',
  },
  'revision-mismatch': {
    meaning:
      'The element has changed since its ETag was read, or was deleted and created again. Read it again, and send its new ETag.',
    members: { revision: optional(number, 'The present revision.') },
  },
  'payload-too-large': {
    meaning: 'The body, or the element or composition that it would make, is too large.',
    members: { limit: described(number, 'The limit in bytes.') },
  },
  'unsupported-media-type': {
    meaning: 'The call does not take a body of this type.',
    members: { expected: described(text, 'The type that the call takes.') },
  },
  'unsupported-data-format': {
    meaning:
      'The data is not a tar archive (plain, gzip or zstd), or it is the archive of a whole image instead of a layer.',
  },
  'unsupported-checksum-algorithm': {
    meaning: 'The service does not support the algorithm of the checksum.',
    members: { supported: described(texts, 'The algorithms that the service supports.') },
  },
  'unknown-content': {
    meaning:
      'The location does not have all content that the manifest names. Send the missing content, and repeat the call.',
    members: {
      digests: described(
        texts,
        'The digests of the missing content, in the order of the manifest. Create layers and manifests as elements, and send everything else in `oci.blobs`.',
      ),
    },
  },
  'checksum-mismatch': {
    meaning: 'The data does not have the announced checksum. Send the data again, or correct the checksum.',
    members: {
      expected: described(text, 'The announced checksum.'),
      actual: described(text, 'The checksum of the data.'),
    },
  },
  'unsupported-by-target': {
    meaning: 'The target cannot run the composition.',
    members: {
      reasons: described(places, 'Every reason, and what to do about it.'),
      ecs: optional(
        z.object({
          region: described(text, 'The AWS Region of the cluster.'),
          cluster: described(text, 'The name of the ECS cluster.'),
          task: described(text, 'The ID of the ECS task.'),
          container: described(text, 'The name of the container in the ECS task.'),
        }),
        'The names with which ECS Exec opens a session with a task on Fargate. Absent for other requests.',
      ),
    },
  },
  'idempotency-mismatch': { meaning: 'The `Idempotency-Key` was used for another request. Send a new key.' },
  'too-many-requests': {
    meaning: 'The caller makes too many calls, or has too many sessions open. Wait, and try again.',
    members: {
      limit: optional(
        number,
        'The number of calls that a caller may make in a minute, or of sessions that may be open at once.',
      ),
    },
  },
  unavailable: {
    meaning:
      'A store does not answer, or many callers change the same record. Try again after `Retry-After` seconds.',
  },
};
