import * as z from 'zod/mini';
import { components } from '../../functions/api/contract/component.ts';
import {
  type AnswerHeader,
  type Body,
  mediaTypeOf,
  type Operation,
  type RequestHeader,
  type Answer as Said,
} from '../../functions/api/contract/operation.ts';
import { problemNamed, problems } from '../../functions/api/contract/problems.ts';
import { statusOf } from '../../functions/api/problem.ts';
import { defined } from '../../lib/defined.ts';
import { ELEMENT_NAME } from '../../lib/element/id.ts';
import { REPOSITORY, TAG } from '../../lib/element/registry/repository.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import { facts } from '../../lib/facts.ts';
import { kinds } from '../../lib/kind/index.ts';
import { LOCATION_NAME } from '../../lib/location/location.ts';
import { examples } from './examples.ts';
import { type ApiSchema, pointer, simplified, toldDefault } from './openapi-schema.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: ApiSchema;
  readonly example?: unknown;
}

interface Media {
  readonly schema: ApiSchema;
  readonly example?: unknown;
}

/** A reference to a shared part of the document. */
interface Pointer {
  readonly $ref: string;
}

interface Header {
  readonly description: string;
  readonly schema: ApiSchema;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Pointer>>;
  readonly content?: Readonly<Record<string, Media>>;
}

/** The entry of a method in a path. */
export interface PathItem {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security?: readonly [];
  readonly parameters?: readonly (Parameter | Pointer)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer | Pointer>>;
}

const KEY = '^[!-~]{1,255}$';
/** Bytes as they are. */
const BYTES: ApiSchema = { type: 'string', format: 'binary' };

const locationName: ApiSchema = { type: 'string', pattern: LOCATION_NAME.source };
const elementName: ApiSchema = { type: 'string', pattern: ELEMENT_NAME.source };

/** The parameters of paths. */
const pathParameters: Readonly<Record<string, Pick<Parameter, 'description' | 'schema' | 'example'>>> = {
  kind: {
    description: 'The kind of the element.',
    schema: { type: 'string', enum: kinds },
    example: 'image',
  },
  location: { description: 'The name of the location.', schema: locationName, example: 'library' },
  name: { description: 'The name of the element.', schema: elementName, example: 'base' },
  repository: {
    description: 'The name of the repository: of a tag what stands before the `:`.',
    schema: { type: 'string', pattern: REPOSITORY.source },
    example: 'app',
  },
  tag: {
    description: 'The name of the tag within its repository.',
    schema: { type: 'string', pattern: TAG.source },
    example: '1.2',
  },
  taskLocation: { description: 'The location of the task.', schema: locationName, example: 'jobs' },
  taskName: { description: 'The name of the task.', schema: elementName, example: 'build' },
  volumeLocation: { description: 'The location of the volume.', schema: locationName, example: 'disks' },
  volumeName: { description: 'The name of the volume.', schema: elementName, example: 'home' },
  attempt: {
    description: 'Which attempt to run it: 1, 2, 3 …',
    schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 1_000_000_000 },
    example: 1,
  },
  handle: {
    description: 'A handle, as it was answered.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
    example: 'WyJvcGFxdWUiXQ',
  },
};

const requestHeaders: Readonly<Record<RequestHeader, string>> = {
  'Idempotency-Key':
    'Kept for 24 hours: a repeat with the same body has the effect once, and is answered with how things are now.',
  'If-Match':
    'Entity tags, in quotes and separated by commas, one of which it must have; or `*`. A weak tag is none.',
  'If-None-Match': 'Entity tags of what the caller has; or `*`.',
  'Last-Event-ID': 'How far a client came that lost its connection; instead of `after`.',
  traceparent: 'The trace that the request belongs to (W3C Trace Context).',
};
const answerHeaders: Readonly<Record<AnswerHeader | 'Retry-After', string>> = {
  ETag: 'The entity tag: opaque. It names this state, and no state of another of the same name, earlier or later.',
  Location: 'Where it is.',
  'Idempotency-Replayed': '`true` where the effect was that of an earlier request.',
  'Cache-Control': '`no-store`.',
  'Retry-After': 'Seconds after which it may be tried again.',
};

const at = (part: 'headers' | 'parameters' | 'responses', name: string): Pointer => ({
  $ref: `#/components/${part}/${name}`,
});

const headersOf = (names: readonly (keyof typeof answerHeaders)[]): Pick<Answer, 'headers'> =>
  names.length === 0 ? {} : { headers: Object.fromEntries(names.map((name) => [name, at('headers', name)])) };

/** The shared parts that operations reference. */
export const shared = (): {
  readonly headers: Readonly<Record<string, Header>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly responses: Readonly<Record<string, Answer>>;
} => ({
  headers: Object.fromEntries(
    Object.entries(answerHeaders).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  ),
  parameters: {
    ...Object.fromEntries(
      Object.entries(pathParameters).map(([name, told]) => [
        name,
        { name, in: 'path', required: true, ...told },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(requestHeaders).map(([name, description]) => {
        const schema = { type: 'string', ...(name === 'Idempotency-Key' ? { pattern: KEY } : {}) };
        return [name, { name, in: 'header', description, schema }];
      }),
    ),
  },
  responses: Object.fromEntries(problems.map(({ name, code }) => [name, problemAnswer([code])])),
});

/** The reference to a schema of the contract. */
const pointerTo = (schema: z.ZodMiniType): ApiSchema => {
  const component = [...components.values()].find((candidate) => candidate.schema === schema);
  if (!component) throw new Error('a schema of an operation has no name');
  return pointer(component.name);
};

/** The parameters of a query, in their unparsed form, with the bounds of the parsed one. */
const queryOf = ({ query }: Operation): Parameter[] => {
  if (!query) return [];
  const { required = [] } = z.toJSONSchema(query, { io: 'input' }) as ApiSchema;
  const { properties = {} } = simplified(z.toJSONSchema(query, { metadata: facts }) as ApiSchema);
  return Object.entries(properties).map(([name, described]) => {
    const { default: _, description = '', ...schema } = described;
    return {
      name,
      in: 'query',
      required: required.includes(name),
      description: `${description}${toldDefault(described)}`,
      schema,
    };
  });
};

const parametersOf = (operation: Operation): (Parameter | Pointer)[] => [
  ...[...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => at('parameters', name)),
  ...queryOf(operation),
  ...operation.headers.map((name) => at('parameters', name)),
];

/** A body of a schema or of bytes, with its example. */
const contentOf = (body: Body, example: unknown, method?: Operation['method']) => ({
  [mediaTypeOf(body, method)]:
    body === 'bytes' ? { schema: BYTES } : defined({ schema: pointerTo(body), example }),
});

const bodyOf = ({ id, method, body, isBodyOptional }: Operation): Pick<PathItem, 'requestBody'> => {
  if (!body) return {};
  const content = contentOf(body, examples.operations[id]?.request.body, method);
  return { requestBody: { required: !isBodyOptional, content } };
};

const answerOf = (id: string, status: string, [description, body, ...headers]: Said): Answer => {
  const recorded = examples.operations[id]?.answer;
  const example = recorded?.status === Number(status) ? recorded.body : undefined;
  return {
    description,
    ...headersOf(headers),
    ...defined({ content: body && contentOf(body, example) }),
  };
};

const oneOfProblems = (codes: readonly ProblemCode[]): ApiSchema => {
  const named = codes.map((code) => [code, pointer(problemNamed(code))] as const);
  const mapping = Object.fromEntries(named.map(([code, { $ref }]) => [code, $ref]));
  return { oneOf: named.map(([, one]) => one), discriminator: { propertyName: 'code', mapping } };
};

/** An answer with one of these problems, which have one status. */
const problemAnswer = (codes: readonly ProblemCode[]): Answer => {
  const [first = {}, ...others] = codes.map((code) => pointer(problemNamed(code)));
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    ...headersOf(codes.includes('unavailable') ? ['Retry-After'] : []),
    content: {
      'application/problem+json': { schema: others.length === 0 ? first : oneOfProblems(codes) },
    },
  };
};

/** The problems of an operation, by status. */
const problemsOf = (codes: readonly ProblemCode[]): Record<string, Answer | Pointer> => {
  const statuses = [...new Set(codes.map((code) => statusOf[code]))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const [first, ...others] = codes.filter((code) => statusOf[code] === status) as [ProblemCode];
      return [
        status,
        others.length === 0 ? at('responses', problemNamed(first)) : problemAnswer([first, ...others]),
      ];
    }),
  );
};

export const pathItem = (operation: Operation): PathItem => {
  const { id, tag, summary, description, answers, open } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description ?? `${summary}.`,
    ...defined({
      security: open && ([] as const),
      parameters: parameters.length > 0 ? parameters : undefined,
    }),
    ...bodyOf(operation),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerOf(id, status, answer)]),
      ),
      ...problemsOf(operation.problems),
    },
  };
};
