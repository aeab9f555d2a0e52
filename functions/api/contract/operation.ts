import type * as z from 'zod/mini';
import type { ProblemCode } from '../../../lib/errors.ts';
import { kinds, pluralOf, rules } from '../../../lib/kind/index.ts';

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

/** A body: the schema that validates it, or raw bytes. */
export type Body = z.ZodMiniType | 'bytes';

/** An answer: its description, its body, if it has one, and its headers. */
export type Answer = readonly [description: string, body?: Body | undefined, ...headers: AnswerHeader[]];

/** The parts of an operation that its entry states; the others follow from these. */
interface Said {
  /** `POST /v1/locations/{location}` */
  readonly call: `${Uppercase<Method>} /v1/${string}`;
  /** A short description of the call. */
  readonly summary: string;
  /** Further facts, in CommonMark. */
  readonly description?: string;
  /** Whether anybody may call it. */
  readonly open?: true;
  /** The schema that the query is validated with. */
  readonly query?: z.ZodMiniObject;
  readonly headers?: readonly RequestHeader[];
  readonly body?: Body;
  /** No body at all is `{}`. */
  readonly isBodyOptional?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems?: readonly ProblemCode[];
}

/** One call of the API as the document describes it; its route validates with the same schemas. */
export interface Operation extends Said {
  /** Unique; the name of the call in generated clients. */
  readonly id: string;
  readonly method: Method;
  /** From `/v1`, as OpenAPI writes it: `/v1/locations/{location}`. */
  readonly path: string;
  /** Its noun. */
  readonly tag: Tag;
  readonly headers: readonly RequestHeader[];
  readonly problems: readonly ProblemCode[];
}

/** The media type of a body. */
export const mediaTypeOf = (body: Body, method?: Method): string => {
  if (body === 'bytes') return 'application/octet-stream';
  return method === 'patch' ? 'application/merge-patch+json' : 'application/json';
};

/** The nouns of the API, in the order of the document. */
export const tags = {
  locations: 'Named stores of one kind of element each, with a policy and grants.',
  runners: 'The runners of tasks. A location of executors has one runner at a time.',
  elements: `${pluralOf(kinds).replace(/^./, (first) => first.toUpperCase())}: metadata, lineage, specification.`,
  data: `The bytes of ${pluralOf(kinds.filter((kind) => rules[kind].data !== 'none'))}, on their way in and out.`,
  volumes: 'The attachments of volumes to executors, and the saves of writes.',
  tags: 'Names of images. A tag can be moved to another image.',
  tasks: 'Tasks that are associated with storage, and the reports and the output of tasks on an executor.',
  compositions: 'The members of an executor. A handle names the present state of a composition.',
  events: 'The log of events.',
  service: 'The API itself.',
} as const;

type Tag = keyof typeof tags;

/** The problems of any call behind the authorizer, and those of calls with a body or a key. */
const always = ['invalid-request', 'unauthenticated', 'too-many-requests', 'unavailable'] as const;
const ofBody = ['payload-too-large'] as const;
const ofTypedBody = [...ofBody, 'unsupported-media-type'] as const;
const ofKey = ['idempotency-mismatch'] as const;

/** The problems of a call that names a location, an element, a composition. */
export const ofLocation = ['unknown-location', 'permission-denied'] as const;
const ofElement = [...ofLocation, 'not-found'] as const;
const ofHandle = ['invalid-handle', ...ofElement, 'stale-handle'] as const;

const ofPath = (path: string): readonly ProblemCode[] => {
  if (path.includes('{handle}')) return ofHandle;
  if (path.includes('{name}')) return ofElement;
  return path.includes('{location}') ? ofLocation : [];
};

const toOperation = (tag: Tag, id: string, said: Said): Operation => {
  const { call, open, body, headers = [], answers, problems = [] } = said;
  const [verb = '', path = ''] = call.split(' ');
  const hasKey = headers.includes('Idempotency-Key');
  const unchanged: Answer = ['The caller has the present state already.', undefined, 'ETag'];
  const isRead = headers.includes('If-None-Match') && !body;
  const all = { ...(isRead ? { 304: unchanged } : {}), ...answers };
  const told = [...always, ...ofPath(path), ...problems];
  if (body) told.push(...(body === 'bytes' ? ofBody : ofTypedBody));
  return {
    ...said,
    id,
    method: verb.toLowerCase() as Method,
    path,
    tag,
    headers: open ? headers : [...headers, 'traceparent'],
    answers: Object.fromEntries(
      Object.entries(all).map(([status, [description, answered, ...named]]) => [
        status,
        [description, answered, ...named, ...(hasKey ? ['Idempotency-Replayed' as const] : [])],
      ]),
    ),
    problems: open ? [] : [...new Set([...told, ...(hasKey ? ofKey : [])])],
  };
};

/** The calls of a noun, by their IDs. */
export const defineOperations = (tag: Tag, said: Readonly<Record<string, Said>>): Operation[] =>
  Object.entries(said).map(([id, each]) => toOperation(tag, id, each));
