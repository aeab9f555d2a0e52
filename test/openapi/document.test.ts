import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiReference } from '../../docs/generate/api.ts';
import { openApi, openApiText } from '../../docs/generate/openapi.ts';
import type { PathItem } from '../../docs/generate/openapi-operation.ts';
import { readOpenApi } from '../../functions/api/openapi.ts';
import { problemCodes } from '../../lib/errors.ts';
import { startTaskport, type Taskport } from '../taskport.ts';

const document = openApi();
const items = Object.values(document.paths).flatMap((methods) => Object.values(methods)) as PathItem[];

type Visit = (value: Readonly<Record<string, unknown>>, at: readonly string[]) => void;

/** Visits every object of the document, except examples. */
const visit = (value: unknown, see: Visit, at: readonly string[] = []): void => {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) see(value as Readonly<Record<string, unknown>>, at);
  for (const [key, part] of Object.entries(value)) {
    if (key !== 'example' && key !== 'examples') visit(part, see, [...at, key]);
  }
};

const pointers = (): string[] => {
  const found = new Set<string>();
  visit(document, ({ $ref }) => {
    if (typeof $ref === 'string') found.add($ref);
  });
  return [...found];
};

const standsAt = (pointer: string): unknown =>
  pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], document);

describe('the output of `npm run docs`', () => {
  const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

  it('is docs/openapi.json', async () => {
    expect(await read('docs/openapi.json')).toBe(openApiText());
  });
  it('is docs/api.md', async () => {
    expect(await read('docs/api.md')).toBe(apiReference());
  });
  it('is the answer of the API', () => {
    expect(JSON.parse(readOpenApi())).toEqual(JSON.parse(JSON.stringify(document)));
  });
});

describe('the document', () => {
  it('has only valid references, and no unused parts', () => {
    const all = pointers();
    expect(all.filter((pointer) => standsAt(pointer) === undefined)).toEqual([]);
    const { securitySchemes: _, ...parts } = document.components;
    const components = Object.entries(parts).flatMap(([part, entries]) =>
      Object.keys(entries).map((name) => `#/components/${part}/${name}`),
    );
    expect(components.filter((pointer) => !all.includes(pointer))).toEqual([]);
  });

  it('has one ID for each operation, and a described tag', () => {
    const ids = items.map(({ operationId }) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
    const tags = document.tags.filter(({ description }) => description !== '').map(({ name }) => name);
    expect(items.flatMap(({ tags: [tag, ...others] }) => (others.length === 0 ? [tag] : others))).toSatisfy(
      (used: string[]) => used.every((tag) => tags.includes(tag)),
    );
    expect(tags.filter((tag) => !items.some((item) => item.tags.includes(tag)))).toEqual([]);
  });

  it('names every parameter of a path, and no others', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        const told = parameters
          .map((entry) => ('$ref' in entry ? standsAt(entry.$ref) : entry) as { name: string; in: string })
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name);
        expect(told).toEqual(named);
      }
    }
  });

  it('describes every field', () => {
    const silent: string[] = [];
    visit(document.components.schemas, (value, at) => {
      if (at.at(-2) !== 'properties') return;
      const [one] = (value.anyOf as { description?: string }[] | undefined) ?? [];
      if (!value.description && !one?.description) silent.push(at.join('.'));
    });
    expect(silent.filter((path) => !/^(Task|Executor|Log)Spec/.test(path))).toEqual([]);
  });

  it('uses schemas of draft 2020-12 only', () => {
    const ajv = new Ajv2020({
      strict: true,
      strictTypes: false,
      strictRequired: false,
      formats: { 'date-time': true, byte: true, uri: true, int32: true, int64: true },
    });
    ajv.addVocabulary(['components', 'example', 'discriminator']);
    for (const name of Object.keys(document.components.schemas)) {
      const schema = { $ref: `#/components/schemas/${name}`, components: document.components };
      expect(() => ajv.compile(schema), name).not.toThrow();
    }
  });

  it('has an example of every problem, and of every operation’s request and answer', () => {
    const schemas = Object.values(document.components.schemas);
    const shown = schemas.flatMap(({ examples = [] }) => examples as { code: string }[]);
    // Problems that no operation answers.
    const elsewhere = ['unknown-route', 'method-not-allowed'];
    expect(shown.map(({ code }) => code).sort()).toEqual(
      problemCodes.filter((code) => !elsewhere.includes(code)).sort(),
    );
    for (const { operationId, requestBody, responses } of items) {
      const media = Object.entries(requestBody?.content ?? {}).filter(
        ([type]) => type !== 'application/octet-stream',
      );
      const isOptional = requestBody?.required === false;
      if (!isOptional)
        expect(
          media.filter(([, { example }]) => !example),
          operationId,
        ).toEqual([]);
      const answered = Object.entries(responses).flatMap(([status, answer]) =>
        Number(status) < 300 && 'content' in answer ? (answer.content?.['application/json'] ?? []) : [],
      );
      // A document cannot contain itself.
      if (answered.length === 0 || operationId === 'readOpenApi') continue;
      expect(
        answered.some((content) => content?.example !== undefined),
        operationId,
      ).toBe(true);
    }
  });
});

describe('features that help generators of clients', () => {
  it('it has no defaults, which some generators take for required fields', () => {
    const found: string[] = [];
    visit(document, (value, at) => {
      if (at.at(-1) !== 'properties' && value.default !== undefined) found.push(at.join('.'));
    });
    expect(found).toEqual([]);
  });

  it('it distinguishes named variants by one field, with a value for each variant', () => {
    visit(document, ({ oneOf, anyOf, discriminator }) => {
      const variants = ((oneOf ?? anyOf ?? []) as { $ref?: string }[]).map(({ $ref }) => $ref);
      // Specifications contain no field with their kind.
      if (variants.length < 2 || variants.some(($ref) => $ref === undefined || /Spec(Patch)?$/.test($ref)))
        return;
      const { propertyName, mapping } = discriminator as {
        propertyName: string;
        mapping: Record<string, string>;
      };
      expect(new Set(Object.values(mapping))).toEqual(new Set(variants));
      for (const [value, $ref] of Object.entries(mapping)) {
        const { properties, required } = standsAt($ref) as {
          properties: Record<string, { const?: string; enum?: string[] }>;
          required: string[];
        };
        const { const: only, enum: values = [only] } = properties[propertyName] ?? {};
        expect([required.includes(propertyName), values.includes(value)]).toEqual([true, true]);
      }
    });
  });

  it('it states the range of every number, and marks bytes', () => {
    visit(document, ({ type, format, enum: values, const: only }, at) => {
      if (type === 'integer' && values === undefined && only === undefined)
        expect(format, at.join('.')).toMatch(/^int(32|64)$/);
    });
    const data = document.paths['/v1/elements/{kind}/{location}/{name}/data'];
    const bytes = { schema: { type: 'string', format: 'binary' } };
    expect(data?.put?.requestBody?.content).toEqual({ 'application/octet-stream': bytes });
    expect(data?.get?.responses['200']).toMatchObject({ content: { 'application/octet-stream': bytes } });
  });

  it('it answers each status with one media type', () => {
    for (const { responses } of items)
      for (const answer of Object.values(responses))
        if ('content' in answer) expect(Object.keys(answer.content ?? {})).toHaveLength(1);
  });
});

describe('GET /v1/openapi.json', () => {
  let taskport: Taskport;
  beforeAll(async () => {
    taskport = await startTaskport();
  });
  afterAll(() => taskport.stop());

  it('has an example of a new element that can be sent', async () => {
    const exampleOf = (path: string) =>
      document.paths[path]?.post?.requestBody?.content['application/json']?.example as { parentId?: string };
    const [location, element] = ['/v1/locations', '/v1/elements'].map(exampleOf);
    await taskport.call('POST', '/v1/locations', { body: location });
    await taskport.call('POST', '/v1/elements', { body: { id: element?.parentId } });
    const { status, body } = await taskport.call('POST', '/v1/elements', { body: element });
    expect([status, body.state]).toEqual([201, 'ready']);
    for (const { requestBody } of items) expect(JSON.stringify(requestBody ?? {})).not.toContain('…');
  });

  it('answers the document to anybody', async () => {
    for (const call of [taskport.call, (method: string, path: string) => taskport.callAs('', method, path)]) {
      const { status, body, headers } = await call('GET', '/v1/openapi.json');
      expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
      expect(body).toEqual(JSON.parse(JSON.stringify(document)));
    }
  });
});
