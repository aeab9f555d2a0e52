import { brotliCompressSync } from 'node:zlib';
import * as z from 'zod/mini';
import { components } from '../../functions/api/contract/component.ts';
import { operations } from '../../functions/api/contract/contract.ts';
import { tags } from '../../functions/api/contract/operation.ts';
import { problems } from '../../functions/api/contract/problems.ts';
import { givenOverrides } from '../../lib/composition/join-request.ts';
import { givenMetadata, givenSpec } from '../../lib/element/element-request.ts';
import { givenChanges } from '../../lib/element/update-element.ts';
import { facts } from '../../lib/facts.ts';
import { kindsThat, specNameOf } from '../../lib/kind/index.ts';
import { examples } from './examples.ts';
import { discriminated } from './openapi-discriminator.ts';
import { type PathItem, pathItem, shared } from './openapi-operation.ts';
import {
  type ApiSchema,
  mapValues,
  opened,
  patchOf,
  pointer,
  simplified,
  withoutDefaults,
} from './openapi-schema.ts';
import { describeSpec, specifications } from './schema.ts';

/** An OpenAPI 3.1 document, with the members that ours has. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, PathItem>>>>;
  readonly components: ReturnType<typeof shared> & {
    readonly schemas: Readonly<Record<string, ApiSchema>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

/** Schemas that are validated by other means, with their documentation. */
const judgedLater = new Map<unknown, ApiSchema>([
  [givenMetadata, pointer('Metadata')],
  [givenChanges, pointer('MetadataPatch')],
  [givenOverrides, pointer('TaskSpecPatch')],
  [givenSpec, { anyOf: kindsThat('hasSpec', true).map((kind) => pointer(`${specNameOf(kind)}Patch`)) }],
]);

/** The original of a schema that was described again. */
export const originOf = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema._zod.parent ? originOf(schema._zod.parent) : schema;

/** Specifications with their defaults, and their patches in requests. */
const specs = (): Record<string, ApiSchema> => {
  const names = Object.keys(specifications) as (keyof typeof specifications)[];
  const whole = names.map((name) => {
    const description = components.get(name)?.description ?? '';
    return [name, { description, ...simplified(describeSpec(name)) }] as const;
  });
  const patches = whole.map(([name, schema]) => [
    `${name}Patch`,
    {
      ...patchOf(schema),
      description: `A merge patch (RFC 7396) of a ${name}: \`null\` takes a field away.`,
    },
  ]);
  return Object.fromEntries([...whole, ...patches]);
};

const schemas = (): Record<string, ApiSchema> => {
  const registry = z.registry<{ id: string }>();
  for (const { name, schema } of components.values()) registry.add(schema, { id: name });
  const made = z.toJSONSchema(registry, {
    metadata: facts,
    uri: (id) => pointer(id).$ref,
    io: 'input',
    unrepresentable: ({ zodSchema }) =>
      judgedLater.get(originOf(zodSchema)) as z.core.JSONSchema.BaseSchema | undefined,
  }).schemas as Record<string, ApiSchema>;
  const plain = Object.entries(made).map(([name, { $schema: _, $id: __, ...schema }]) => {
    const { description = '', open } = components.get(name) ?? {};
    const described = { description, ...simplified(schema) };
    const problem = problems.find((candidate) => candidate.name === name);
    return [
      name,
      {
        ...(open ? opened(described) : described),
        ...(problem ? { examples: [examples.problems[problem.code]?.answer.body] } : {}),
      },
    ];
  });
  const told: Record<string, ApiSchema> = { ...Object.fromEntries(plain), ...specs() };
  return mapValues(told, (schema) => withoutDefaults(discriminated(schema, told)));
};

/** The components that are referenced: from elsewhere, or from such a component. */
const pointedTo = <T>(
  part: 'responses' | 'schemas',
  components: Readonly<Record<string, T>>,
  from: unknown,
): Record<string, T> => {
  const found: Record<string, T> = {};
  const look = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/(\w+\/\w+)"/g)) {
      const [kind, key = ''] = name.split('/');
      const component = components[key];
      if (kind !== part || component === undefined || Object.hasOwn(found, key)) continue;
      found[key] = component;
      look(component);
    }
  };
  look(from);
  return Object.fromEntries(Object.entries(components).filter(([key]) => Object.hasOwn(found, key)));
};

/** The document that the API answers at `/v1/openapi.json`. */
export const openApi = (): OpenApi => {
  const paths: Record<string, Record<string, PathItem>> = {};
  for (const operation of operations) {
    const methods = paths[operation.path] ?? {};
    methods[operation.method] = pathItem(operation);
    paths[operation.path] = methods;
  }
  const { responses, ...parts } = shared();
  const answers = pointedTo('responses', responses, paths);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Taskport',
      version: '1',
      summary: 'A serverless control plane for container tasks',
      description:
        'Every answer has `X-Request-Id`. Problems are `application/problem+json` (RFC 9457). Cursors are opaque and belong to their query. Fields may be added to what is answered.',
      contact: { name: 'Taskport', url: 'https://taskport.dev' },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ sigv4: [] }, { token: [] }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: pointedTo('schemas', schemas(), [paths, answers]),
      ...parts,
      responses: answers,
      securitySchemes: {
        sigv4: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          description: 'AWS Signature Version 4, service `execute-api`. On a laptop nothing is asked for.',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of the OpenID provider, where the deployment has one.',
        },
      },
    },
  };
};

/** The file docs/openapi.json, from which clients are generated. */
export const openApiText = (): string => `${JSON.stringify(openApi(), null, 2)}\n`;

/** The module functions/api/openapi-packed.ts: unpacked it would be a fifth of the bytes of every cold start. */
export const packedOpenApi = (): string => {
  const packed = brotliCompressSync(JSON.stringify(openApi())).toString('base64');
  return `/** Made by \`npm run docs\`: the document, as \`openapi.ts\` unpacks it. */\nexport const packed =\n  '${packed}';\n`;
};
