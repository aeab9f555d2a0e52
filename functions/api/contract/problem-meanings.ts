import * as z from 'zod/mini';
import type { ProblemCode } from '../../../lib/errors.ts';

/** What stands in a problem beside its code and its detail. */
interface Member {
  readonly schema: z.ZodMiniType;
  readonly is: string;
  /** What the fields of its items are. */
  readonly parts?: Readonly<Record<string, string>>;
}

export interface ProblemMeaning {
  /** When it is answered, and what helps. */
  readonly meaning: string;
  readonly members?: Readonly<Record<string, Member>>;
}

const text = z.string();
const texts = z.array(z.string());
const number = z.int();

const id: Member = { schema: z.optional(text), is: 'Which element it is of.' };
const state: Member = { schema: text, is: 'The state that it is in instead.' };
const where = { path: 'Where it is.', message: 'What is wrong there, or what cannot be done.' };

/** Every problem there is, as people are told of it. */
export const problemMeanings: Readonly<Record<ProblemCode, ProblemMeaning>> = {
  'invalid-request': {
    meaning: 'Something of the request is not as it has to be: body, query, header or path.',
    members: {
      issues: {
        // What the framework refuses by itself names no place.
        schema: z.optional(z.array(z.object({ path: text, message: text }))),
        is: 'Every place that is wrong.',
        parts: where,
      },
    },
  },
  'invalid-filterspec': {
    meaning: 'A filter or a field that is asked for cannot be.',
    members: {
      filter: { schema: text, is: 'The filter or field.' },
      indexed: { schema: texts, is: 'The keys that the location indexes, by which it can be filtered.' },
    },
  },
  'invalid-handle': { meaning: 'The handle is none of this deployment.' },
  'data-error': {
    meaning: 'The data is not what was said, or its archive is broken, unsafe or too large.',
    members: {
      entry: { schema: z.optional(text), is: 'The entry of the archive that cannot be taken.' },
      expected: { schema: z.optional(number), is: 'Bytes that there should be.' },
      actual: { schema: z.optional(number), is: 'Bytes that there are.' },
      missing: { schema: z.optional(z.array(number)), is: 'Parts that have not come; up to 100.' },
    },
  },
  unauthenticated: { meaning: 'The caller is not known.' },
  'permission-denied': {
    meaning: 'Neither a grant of the location nor anything else lets the caller do that.',
    members: {
      action: { schema: text, is: 'What the caller may not do.' },
      issues: {
        schema: z.optional(z.array(z.object({ path: text, message: text }))),
        is: 'Every place of the request that is not the caller’s to say.',
        parts: where,
      },
      hidden: {
        schema: z.optional(number),
        is: 'How many the answer would show that the caller may not read.',
      },
    },
  },
  'invalid-location': {
    meaning: 'The policy of the location forbids the change, or it is being deleted.',
    members: { policy: { schema: text, is: 'The policy; `closing` while it is being deleted.' } },
  },
  'unknown-location': {
    meaning: 'There is no such location, or it keeps another kind.',
    members: { location: { schema: text, is: 'Its name.' } },
  },
  'not-found': { meaning: 'There is no such element, or not what is asked for of it.', members: { id } },
  'unknown-route': { meaning: 'The path leads nowhere.' },
  'method-not-allowed': {
    meaning: 'The path is there, and does not have this method.',
    members: { allowed: { schema: texts, is: 'The methods that it has, as in `Allow`.' } },
  },
  'name-collision': { meaning: 'The name is taken.', members: { id: { schema: text, is: 'What has it.' } } },
  'read-only-key': {
    meaning: 'A key of `ro` never changes, and is never in `rw` as well.',
    members: { keys: { schema: texts, is: 'The keys.' } },
  },
  'unknown-parent': {
    meaning: 'There is no such parent.',
    members: { parentId: { schema: text, is: 'The parent that was named.' } },
  },
  'invalid-parent': {
    meaning: 'The element cannot have this parent: it is of the wrong kind, or not ready.',
    members: { reason: { schema: text, is: 'Why.' } },
  },
  'invalid-entry': {
    meaning: 'Entries of the metadata cannot be kept as they are.',
    members: {
      entries: {
        schema: z.array(z.object({ key: text, reason: text, limit: z.optional(number) })),
        is: 'Every entry that cannot.',
        parts: { key: 'The key.', reason: 'Why not.', limit: 'The limit that it passes, if one.' },
      },
    },
  },
  'in-use': {
    meaning: 'Others refer to it: they have to go first, as `detail` says.',
    members: {
      references: {
        schema: z.array(z.object({ id: text, kind: text })),
        is: 'Who refers to it, as far as the caller may read, as the list of references says; up to 100.',
        parts: {
          id: 'Who.',
          kind: 'How: `child`, `composition`, `association`, `member`, as a `task` that stands on it, or as an `element` of the location.',
        },
      },
      hidden: { schema: number, is: 'How many there are that the caller may not read.' },
      cursor: { schema: z.optional(text), is: 'Where `…/references` goes on, where there are more.' },
    },
  },
  'insufficient-space': {
    meaning: 'The location has not enough capacity left.',
    members: { available: { schema: number, is: 'KiB that are left.' } },
  },
  'invalid-state': {
    meaning: 'It is in a state in which that cannot be done.',
    members: { state, attempt: { schema: z.optional(number), is: 'The present attempt, of a task.' } },
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
    members: { path: { schema: text, is: 'The path in the container.' } },
  },
  'volume-attached': {
    meaning: 'Another executor has the volume, which one has at a time for writing.',
    members: {
      executorId: { schema: z.optional(text), is: 'Who has it.' },
      hidden: {
        schema: z.optional(number),
        is: 'How many have it that the caller may not read, in the place of who.',
      },
    },
  },
  'no-root-filesystem': { meaning: 'A task has nothing to run on: nothing is bound at `/`.' },
  'revision-mismatch': {
    meaning:
      'It is not what a tag of `If-Match` names: it was changed, or deleted and created anew; or it was changed meanwhile. Read it again.',
    members: { revision: { schema: z.optional(number), is: 'The present revision.' } },
  },
  'payload-too-large': {
    meaning: 'The body, or what would come of it, is too large.',
    members: { limit: { schema: number, is: 'The most bytes.' } },
  },
  'unsupported-media-type': {
    meaning: 'The body is of another type than the call takes.',
    members: { expected: { schema: text, is: 'The type that it takes.' } },
  },
  'unsupported-data-format': {
    meaning:
      'The data is no tar archive, plain or packed by gzip or zstd as every engine unpacks it; or it is one of a whole image, where a layer belongs.',
  },
  'unsupported-checksum-algorithm': {
    meaning: 'The algorithm of the checksum is not known here.',
    members: { supported: { schema: texts, is: 'Those that are.' } },
  },
  'checksum-mismatch': {
    meaning: 'The data is not what its checksum says.',
    members: {
      expected: { schema: text, is: 'The checksum that was said.' },
      actual: { schema: text, is: 'The checksum that it has.' },
    },
  },
  'unsupported-by-target': {
    meaning: 'The target cannot run the composition.',
    members: {
      reasons: {
        schema: z.array(z.object({ path: text, message: text })),
        is: 'Every reason why not.',
        parts: where,
      },
    },
  },
  'idempotency-mismatch': { meaning: 'The `Idempotency-Key` was used for another request.' },
  'too-many-requests': { meaning: 'There are more calls than the deployment takes; wait, and try again.' },
  unavailable: {
    meaning: 'A store does not answer, or is contended; try again after `Retry-After` seconds.',
  },
};
