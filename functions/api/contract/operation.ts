import type * as z from 'zod/mini';
import type { ProblemCode } from '../../../lib/errors.ts';

type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete';

/** A header that requests may have. */
export type RequestHeader =
  | 'Idempotency-Key'
  | 'If-Match'
  | 'If-None-Match'
  | 'Last-Event-ID'
  | 'traceparent';

/** A header that answers may have. Every answer has `X-Request-Id`. */
export type AnswerHeader = 'ETag' | 'Location' | 'Idempotency-Replayed' | 'Cache-Control';

interface Body {
  /** The schema that the body is validated with; bytes as they are where there is none. */
  readonly schema?: z.ZodMiniType;
  readonly type: 'application/json' | 'application/merge-patch+json' | 'application/octet-stream';
  /** No body at all is `{}`. */
  readonly optional?: true;
}

export interface AnswerTo {
  readonly description: string;
  /** Absent where there is no body. */
  readonly schema?: z.ZodMiniType;
  readonly headers?: readonly AnswerHeader[];
  /** Whether the body is bytes as they are. */
  readonly bytes?: true;
}

/** One call of the API, as it is told; its route validates with the same schemas. */
export interface Operation {
  /** Unique; what generated clients call it. */
  readonly id: string;
  readonly method: Method;
  /** From `/v1`, as OpenAPI writes it: `/v1/locations/{location}`. */
  readonly path: string;
  /** The noun that it is of. */
  readonly tag: Tag;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What else is to be known, in CommonMark. */
  readonly description?: string;
  /** Whether anybody may call it. */
  readonly open?: true;
  /** The schema that the query is validated with. */
  readonly query?: z.ZodMiniObject;
  readonly headers?: readonly RequestHeader[];
  readonly body?: Body;
  readonly answers: Readonly<Record<number, AnswerTo>>;
  readonly problems: readonly ProblemCode[];
}

/** The nouns of the API, in the order in which they are told. */
export const tags = {
  locations: 'Named stores of one kind of element each, with a policy and grants.',
  elements: 'Tasks, images, volumes, executors and logs: metadata, lineage, specification.',
  data: 'The bytes of images, volumes and tasks, on their way in and out.',
  tasks: 'Tasks that are associated with storage, and what becomes of tasks on an executor.',
  compositions: 'The elements that are joined to an executor, under a handle.',
  events: 'What happened.',
  service: 'The API itself.',
} as const;

type Tag = keyof typeof tags;

/** What any call behind the authorizer may be answered. */
const always = ['invalid-request', 'unauthenticated', 'too-many-requests', 'unavailable'] as const;

/** What may be answered to a call that names a location. */
export const ofLocation = ['unknown-location', 'permission-denied'] as const;

/** What may be answered to a body. */
const ofBody = ['payload-too-large'] as const;
const ofTypedBody = [...ofBody, 'unsupported-media-type'] as const;

/** Adds what follows from the rest: the problems of every call, of bodies and of keys, and the trace. */
export const defineOperation = (operation: Operation): Operation => ({
  ...operation,
  headers: [...(operation.headers ?? []), ...(operation.open ? [] : (['traceparent'] as const))],
  problems: operation.open
    ? operation.problems
    : [
        ...new Set([
          ...always,
          ...operation.problems,
          ...(operation.body ? (operation.body.schema ? ofTypedBody : ofBody) : []),
          ...(operation.headers?.includes('Idempotency-Key') ? (['idempotency-mismatch'] as const) : []),
        ]),
      ],
});
