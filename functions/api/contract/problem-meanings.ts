import * as z from 'zod/mini';
import { settled } from '../../../lib/element/attachment-schema.ts';
import { executorId, parentId } from '../../../lib/element/id-schema.ts';
import type { ProblemCode } from '../../../lib/errors.ts';
import { described, optional } from '../../../lib/facts.ts';
import { opaque } from '../../../lib/formats.ts';

export interface ProblemMeaning {
  /** When it is answered, and what helps. */
  readonly meaning: string;
  /** What stands in it beside its code and its detail. */
  readonly members?: Readonly<Record<string, z.ZodMiniType>>;
}

const text = z.string();
const texts = z.array(z.string());
const number = z.int();

const id = optional(text, 'Which element it is of.');
const state = described(text, 'The state that it is in instead.');
const places = z.array(
  z.object({
    path: described(text, 'Where it is.'),
    message: described(text, 'What is wrong there, or what cannot be done.'),
  }),
);

/** Every problem there is, as people are told of it. */
export const problemMeanings: Readonly<Record<ProblemCode, ProblemMeaning>> = {
  'invalid-request': {
    meaning: 'Something of the request is not as it has to be: body, query, header or path.',
    members: {
      // What the framework refuses by itself names no place.
      issues: optional(places, 'Every place that is wrong.'),
    },
  },
  'invalid-filterspec': {
    meaning: 'A filter or a field that is asked for cannot be.',
    members: {
      filter: described(text, 'The filter or field.'),
      indexed: described(texts, 'The keys that the location indexes, by which it can be filtered.'),
    },
  },
  'invalid-handle': { meaning: 'The handle is none of this deployment.' },
  'data-error': {
    meaning: 'The data is not what was said, or its archive is broken, unsafe or too large.',
    members: {
      entry: optional(text, 'The entry of the archive that cannot be taken.'),
      expected: optional(number, 'Bytes that there should be.'),
      actual: optional(number, 'Bytes that there are.'),
      missing: optional(z.array(number), 'Parts that have not come; up to 100.'),
    },
  },
  unauthenticated: { meaning: 'The caller is not known.' },
  'permission-denied': {
    meaning: 'Neither a grant of the location nor anything else lets the caller do that.',
    members: {
      action: described(text, 'What the caller may not do.'),
      issues: optional(places, 'Every place of the request that is not the caller’s to say.'),
      hidden: optional(number, 'How many the answer would show that the caller may not read.'),
    },
  },
  'invalid-location': {
    meaning: 'The policy of the location forbids the change, or it is being deleted.',
    members: { policy: described(text, 'The policy; `closing` while it is being deleted.') },
  },
  'unknown-location': {
    meaning: 'There is no such location, or it keeps another kind.',
    members: { location: described(text, 'Its name.') },
  },
  'not-found': {
    meaning: 'There is no such element, nor a tag of that name, or not what is asked for of it.',
    members: { id },
  },
  'unknown-route': { meaning: 'The path leads nowhere.' },
  'method-not-allowed': {
    meaning: 'The path is there, and does not have this method.',
    members: { allowed: described(texts, 'The methods that it has, as in `Allow`.') },
  },
  'name-collision': { meaning: 'The name is taken.', members: { id: described(text, 'What has it.') } },
  'read-only-key': {
    meaning: 'A key of `ro` never changes, and is never in `rw` as well.',
    members: { keys: described(texts, 'The keys.') },
  },
  'unknown-parent': {
    meaning: 'There is no such parent.',
    members: { parentId: described(parentId, 'The parent that was named.') },
  },
  'invalid-parent': {
    meaning: 'The element cannot have this parent: it is of the wrong kind, or not ready.',
    members: { reason: described(text, 'Why.') },
  },
  'invalid-entry': {
    meaning: 'Entries of the metadata cannot be kept as they are.',
    members: {
      entries: described(
        z.array(
          z.object({
            key: described(text, 'The key.'),
            reason: described(text, 'Why not.'),
            limit: optional(number, 'The limit that it passes, if one.'),
          }),
        ),
        'Every entry that cannot.',
      ),
    },
  },
  'in-use': {
    meaning: 'Others refer to it: they have to go first, as `detail` says.',
    members: {
      references: described(
        z.array(
          z.object({
            id: described(text, 'Who.'),
            kind: described(
              text,
              'How: `child`, `composition`, `association`, `member`, `tag`, `image`, `index`, as a `task` that stands on it, or as an `element` of the location.',
            ),
          }),
        ),
        'Who refers to it, as far as the caller may read, as the list of references says; up to 100.',
      ),
      hidden: described(number, 'How many there are that the caller may not read.'),
      cursor: optional(opaque, 'Where `…/references` goes on, where there are more.'),
    },
  },
  'insufficient-space': {
    meaning: 'The location has not enough capacity left.',
    members: { available: described(number, 'KiB that are left.') },
  },
  'invalid-state': {
    meaning: 'It is in a state in which that cannot be done.',
    members: { state, attempt: optional(number, 'The present attempt, of a task.') },
  },
  'stale-handle': {
    meaning: 'The composition has changed since this handle was answered; ask for another.',
  },
  'already-joined': { meaning: 'The element is joined.', members: { id } },
  'not-joined': { meaning: 'The element is not joined, or something that it needs is not.', members: { id } },
  'already-bound': { meaning: 'The element is bound.', members: { id } },
  'not-bound': { meaning: 'The element is not bound, or something that it needs is not.', members: { id } },
  'mount-conflict': {
    meaning: 'Something is mounted there.',
    members: { path: described(text, 'The path in the container.') },
  },
  'volume-attached': {
    meaning: 'Another executor has the volume, which one has at a time for writing.',
    members: {
      executorId: optional(executorId, 'Who has it.'),
      hidden: optional(number, 'How many have it that the caller may not read, in the place of who.'),
    },
  },
  'volume-elsewhere': {
    meaning:
      'What was written to the volume, and is not saved yet, is on another engine: only that one saves it, or starts tasks with it. Its runner goes on when it is back; an administrator of the volume’s location can give the writes up.',
    members: { engine: described(text, 'The ID of the engine that has it.') },
  },
  'not-attached': {
    meaning:
      'The executor does not have the volume by this attachment: what was written is saved or was given up, or was never to be saved.',
    members: { settled: optional(settled, 'How the last attachment ended, where that is known.') },
  },
  'runner-elsewhere': {
    meaning:
      'Another engine has the tasks of the location: that of another runner, or one of the deployment that the location names.',
    members: {
      engine: described(text, 'The engine.'),
      runner: optional(
        text,
        'The runner there; absent where it was interrupted, and of an engine of the deployment.',
      ),
      heardAt: optional(text, 'When it was last heard; absent of an engine of the deployment.'),
    },
  },
  'stale-runner': {
    meaning:
      'Another runner has claimed the lease of the location since, or the lease was given back or fenced. A runner that is answered this on its own epoch runs nothing any more.',
    members: {
      epoch: described(number, 'The present epoch.'),
      engine: optional(text, 'The engine that has the lease; absent where it is free.'),
    },
  },
  'no-root-filesystem': { meaning: 'A task has nothing to run on: nothing is bound at `/`.' },
  'revision-mismatch': {
    meaning:
      'It is not what a tag of `If-Match` names: it was changed, or deleted and created anew; or it was changed meanwhile. Read it again.',
    members: { revision: optional(number, 'The present revision.') },
  },
  'payload-too-large': {
    meaning: 'The body, or what would come of it, is too large.',
    members: { limit: described(number, 'The most bytes.') },
  },
  'unsupported-media-type': {
    meaning: 'The body is of another type than the call takes.',
    members: { expected: described(text, 'The type that it takes.') },
  },
  'unsupported-data-format': {
    meaning:
      'The data is no tar archive, plain or packed by gzip or zstd as every engine unpacks it; or it is one of a whole image, where a layer belongs.',
  },
  'unsupported-checksum-algorithm': {
    meaning: 'The algorithm of the checksum is not known here.',
    members: { supported: described(texts, 'Those that are.') },
  },
  'unknown-content': {
    meaning: 'What the manifest names is not there: send it, and ask again.',
    members: {
      digests: described(
        texts,
        'All that is missing, in the order of the manifest: layers and manifests become elements, anything else comes in `oci.blobs`.',
      ),
    },
  },
  'checksum-mismatch': {
    meaning: 'The data is not what its checksum says.',
    members: {
      expected: described(text, 'The checksum that was said.'),
      actual: described(text, 'The checksum that it has.'),
    },
  },
  'unsupported-by-target': {
    meaning: 'The target cannot run the composition.',
    members: {
      reasons: described(places, 'Every reason why not.'),
      ecs: optional(
        z.object({
          region: described(text, 'The region of AWS.'),
          cluster: described(text, 'The name of the cluster.'),
          task: described(text, 'The ID of the ECS task.'),
          container: described(text, 'The name of the container in it.'),
        }),
        'Of a session with a task on Fargate: where ECS Exec finds it.',
      ),
    },
  },
  'idempotency-mismatch': { meaning: 'The `Idempotency-Key` was used for another request.' },
  'too-many-requests': {
    meaning: 'There are more calls than the deployment takes, or more sessions; wait, and try again.',
    members: {
      limit: optional(number, 'As many calls as a caller may make within a minute, or sessions at once.'),
    },
  },
  unavailable: {
    meaning: 'A store does not answer, or is contended; try again after `Retry-After` seconds.',
  },
};
