/** Checks calls of the API against its document: the request and the answer. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { OpenApi } from '../../docs/generate/openapi.ts';
import type { Answer, PathItem } from '../../docs/generate/openapi-operation.ts';
import { type ApiSchema, nameOf } from '../../docs/generate/openapi-schema.ts';
import { decodedPath } from '../../functions/decoded-path.ts';
import { misordered } from './member-order.ts';
import { hasWayOut } from './way-out.ts';

/** A call with its answer. */
export interface Exchange {
  readonly method: string;
  /** The path from `/v1`, with its query. */
  readonly path: string;
  readonly request: { readonly type?: string | null | undefined; readonly text?: string | undefined };
  readonly answer: {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
  };
}

const readDocument = (): OpenApi =>
  JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** The document permits unknown members for later versions; this checker does not. Examples are no schemas. */
const closed = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => closed(each));
  if (!isNode(value) || key === 'examples' || key === 'example') return value;
  const parts = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part, name)]));
  const isShape =
    key !== 'properties' && isNode(value.properties) && value.additionalProperties === undefined;
  return isShape ? { ...parts, additionalProperties: false } : parts;
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The paths of a template. */
const toExpression = (template: string): RegExp =>
  new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);

const mediaType = (type: string | null | undefined): string =>
  type?.split(';', 1)[0]?.trim().toLowerCase() ?? '';

export class Checker {
  readonly #document: OpenApi;
  readonly #ajv = new Ajv2020({
    strict: false,
    // The document's own test checks the schemas; here every test file would pay for that.
    validateSchema: false,
    meta: false,
    code: { optimize: false },
    formats: { 'date-time': TIME, byte: true, uri: true, int32: true, int64: true },
  });
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #paths: readonly { readonly template: string; readonly expression: RegExp }[];

  constructor(document = readDocument()) {
    this.#document = document;
    this.#ajv.addSchema(closed({ components: document.components, paths: document.paths }) as object, 'api');
    this.#paths = Object.keys(document.paths).map((template) => ({
      template,
      expression: toExpression(template),
    }));
  }

  /** The violations of a call; empty if it conforms. */
  check({ method, path, request, answer }: Exchange): string[] {
    // Another protocol with its own documents is below this path.
    if (/^\/v2(\/|$)/.test(path)) return [];
    const { href: url, search: query } = new URL(`http://localhost${path}`);
    const plain = decodedPath({ url });
    const found = this.#paths.find(({ expression }) => expression.test(plain));
    const methods = found && (this.#document.paths[found.template] as Record<string, PathItem>);
    const name = method.toLowerCase();
    // HEAD is GET without a body, unless it is documented.
    const known = methods?.[name] ? name : name === 'head' && methods?.get ? 'get' : undefined;
    if (!found || !methods || !known) return this.#elsewhere(Boolean(found), name === 'head', answer);
    const item = methods[known] as PathItem;
    const at = ['paths', found.template, known];
    return [
      ...(answer.status < 400 ? this.#request(item, at, request, query) : []),
      ...this.#answer(item, at, name === 'head', answer),
    ];
  }

  /** A path or method that is not in the document must be unknown to the API. */
  #elsewhere(isPath: boolean, isHead: boolean, { status, text }: Exchange['answer']): string[] {
    const expected = isPath ? [405] : [404];
    if (!expected.includes(status)) return [`nothing is documented, and ${status} is answered`];
    const code = isPath ? 'method-not-allowed' : 'unknown-route';
    return isHead || text.includes(`"code":"${code}"`) ? [] : [`no ${code} is answered: ${text}`];
  }

  #request(
    { requestBody, parameters = [] }: PathItem,
    at: string[],
    { type, text = '' }: Exchange['request'],
    query: string,
  ): string[] {
    const given = new URLSearchParams(query);
    const wrong: string[] = [];
    const told = new Set<string>();
    for (const [index, parameter] of parameters.entries()) {
      if (!('in' in parameter) || parameter.in !== 'query') continue;
      const { name, required, schema } = parameter;
      told.add(name);
      const values = given.getAll(name);
      if (required && values.length === 0) wrong.push(`?${name} is not asked for`);
      if (values.length === 0) continue;
      const [first] = values;
      const value = schema.type === 'array' ? values : schema.type === 'integer' ? Number(first) : first;
      wrong.push(...this.#value([...at, 'parameters', String(index), 'schema'], JSON.stringify(value)));
    }
    wrong.push(
      ...[...new Set(given.keys())].filter((name) => !told.has(name)).map((name) => `?${name} is taken`),
    );
    if (!requestBody || requestBody.content['application/octet-stream']) return wrong;
    if (text === '') return requestBody.required ? [...wrong, 'no body is taken'] : wrong;
    const media = mediaType(type);
    if (!requestBody.content[media]) return [...wrong, `a body of ${media} is taken`];
    return [...wrong, ...this.#value([...at, 'requestBody', 'content', media, 'schema'], text)];
  }

  #answer(
    item: PathItem,
    at: string[],
    isHead: boolean,
    { status, headers, text }: Exchange['answer'],
  ): string[] {
    const told = item.responses[String(status)];
    if (!told) return [`${status} is answered: ${text.slice(0, 200)}`];
    const where = '$ref' in told ? told.$ref.slice(2).split('/') : [...at, 'responses', String(status)];
    const answer = (
      '$ref' in told ? this.#document.components.responses[where.at(-1) ?? ''] : told
    ) as Answer;
    const wrong = Object.keys(answer.headers ?? {})
      .filter((name) => name !== 'Idempotency-Replayed' && !headers.has(name))
      .map((name) => `${name} is missing`);
    if (!headers.has('x-request-id')) wrong.push('X-Request-Id is missing');
    if (!answer.content) return text === '' ? wrong : [...wrong, 'a body is answered'];
    if (isHead) return wrong;
    const media = mediaType(headers.get('content-type'));
    const schema = answer.content[media]?.schema;
    if (!schema) return [...wrong, `${media} is answered`];
    if (media === 'application/problem+json') return [...wrong, ...this.#problem(schema, text)];
    return media.endsWith('json')
      ? [...wrong, ...this.#value([...where, 'content', media, 'schema'], text)]
      : wrong;
  }

  /** A problem must be documented for the operation, in the documented form. */
  #problem({ $ref, oneOf = [] }: ApiSchema, text: string): string[] {
    const [, code = ''] = /"code":"([a-z-]+)"/.exec(text) ?? [];
    const told = $ref === undefined ? oneOf.map(nameOf) : [nameOf({ $ref })];
    const name = code.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    if (!told.includes(name)) return [`${code || 'no problem'} is answered: ${text.slice(0, 200)}`];
    return [...this.#value(['components', 'schemas', name], text), ...this.#wayOut(code, text)];
  }

  /** A problem must contain a remedy. `invalid-request` states for each place the accepted values. */
  #wayOut(code: string, text: string): string[] {
    const { detail, reasons } = JSON.parse(text) as { detail: string; reasons?: { message: string }[] };
    const told = reasons?.map(({ message }) => message) ?? (code === 'invalid-request' ? [] : [detail]);
    return told.filter((one) => !hasWayOut(one)).map((one) => `${code} says no way out: ${one}`);
  }

  /** Violations of the order of members in an answer; requests may have any order. */
  #order(at: readonly string[], value: unknown): string[] {
    if (at.includes('requestBody') || at.includes('parameters')) return [];
    const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    return misordered(this.#document, { $ref: `#/${pointer}` }, value);
  }

  /** Violations of a schema of the document in a JSON text. */
  #value(at: readonly string[], text: string): string[] {
    const pointer = at
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = this.#compiled.get(pointer) ?? this.#ajv.compile({ $ref: `api#/${pointer}` });
    this.#compiled.set(pointer, validate);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return [`no JSON: ${text.slice(0, 200)}`];
    }
    if (validate(value)) return this.#order(at, value);
    const reasons = (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    return [
      `${at.at(-1) === 'schema' ? at.slice(-4).join(' ') : at.join(' ')}: ${reasons.join('; ')}`,
      text.slice(0, 600),
    ];
  }
}

let checker: Checker | undefined;

/** Throws if a call violates the document. */
export const assertDocumented = (exchange: Exchange): void => {
  checker ??= new Checker();
  const wrong = checker.check(exchange);
  if (wrong.length === 0) return;
  const { method, path, answer } = exchange;
  throw new Error(`not as docs/openapi.json says: ${method} ${path} → ${answer.status}\n${wrong.join('\n')}`);
};
