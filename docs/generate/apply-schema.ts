import * as z from 'zod/mini';
import {
  API_VERSION,
  type DocumentKind,
  documentSchemas,
  metadataChanges,
  specPatches,
} from '../../cli/apply/document-schema.ts';
import { givenOverrides } from '../../lib/composition/join-request.ts';
import { givenMetadata, givenSpec } from '../../lib/element/element-request.ts';
import { facts } from '../../lib/facts.ts';
import { kindsThat, specNameOf } from '../../lib/kind/index.ts';
import { openApi, originOf } from './openapi.ts';
import { type ApiSchema, simplified, withoutDefaults } from './openapi-schema.ts';

const defined = (name: string): ApiSchema => ({ $ref: `#/definitions/${name}` });

/** Schemas that are validated by other means, with their definitions. */
const judgedLater = new Map<unknown, ApiSchema>([
  [givenMetadata, defined('Metadata')],
  [metadataChanges, defined('MetadataPatch')],
  [givenOverrides, defined('TaskOverrides')],
  // For inline tasks.
  [givenSpec, defined('TaskSpecPatch')],
  ...kindsThat('hasSpec', true).map(
    (kind) => [specPatches[kind], defined(`${specNameOf(kind)}Patch`)] as const,
  ),
]);

const documentOf = (kind: DocumentKind): ApiSchema => {
  const {
    $schema: _,
    properties,
    required = [],
    ...made
  } = z.toJSONSchema(documentSchemas[kind], {
    metadata: facts,
    io: 'input',
    unrepresentable: ({ zodSchema }) =>
      judgedLater.get(originOf(zodSchema)) as z.core.JSONSchema.BaseSchema | undefined,
  }) as ApiSchema;
  return withoutDefaults(
    simplified({
      ...made,
      properties: { apiVersion: { const: API_VERSION }, kind: { const: kind }, ...properties },
      required: ['apiVersion', 'kind', ...required],
    }),
  );
};

/** In overrides, `null` removes a variable. */
const overridesOf = (patch: ApiSchema): unknown =>
  JSON.parse(JSON.stringify(patch), (_, value) =>
    value?.properties?.name &&
    value.properties.value &&
    value.properties.name.description?.startsWith('Name of the variable')
      ? {
          ...value,
          properties: { ...value.properties, value: { anyOf: [value.properties.value, { type: 'null' }] } },
        }
      : value,
  );

/** The referenced definitions, and those that they reference. */
const pointedTo = (from: unknown, all: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const found: Record<string, unknown> = {};
  const look = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/definitions\/(\w+)"/g)) {
      if (Object.hasOwn(found, name) || all[name] === undefined) continue;
      found[name] = all[name];
      look(all[name]);
    }
  };
  look(from);
  return found;
};

/** The file docs/apply.schema.json: the JSON Schema (draft 7, which every editor supports) of documents for `apply`. */
export const applySchema = () => {
  const { schemas } = openApi().components;
  const moved = JSON.parse(
    JSON.stringify(schemas).replaceAll('"#/components/schemas/', '"#/definitions/'),
  ) as Record<string, ApiSchema>;
  const kinds = Object.keys(documentSchemas) as DocumentKind[];
  const documents = Object.fromEntries(kinds.map((kind) => [`${kind}Document`, documentOf(kind)]));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://taskport.dev/schemas/apply-v1.json',
    title: 'Taskport',
    description: 'A document that `taskport apply` takes.',
    type: 'object',
    properties: {
      apiVersion: { description: 'Which form of documents it has.', const: API_VERSION },
      kind: { description: 'What it declares.', enum: kinds },
    },
    required: ['apiVersion', 'kind'],
    // By kind, so that editors show only errors of that kind.
    allOf: kinds.map((kind) => ({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema.
      then: defined(`${kind}Document`),
    })),
    definitions: {
      ...documents,
      ...pointedTo(documents, { ...moved, TaskOverrides: overridesOf(moved.TaskSpecPatch as ApiSchema) }),
    },
  };
};

export const applySchemaText = (): string => `${JSON.stringify(applySchema(), null, 2)}\n`;
