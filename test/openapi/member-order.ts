/** Checks that the members of an answer have the order of the document, at any depth. */
import type { OpenApi } from '../../docs/generate/openapi.ts';

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema behind a reference. */
const resolve = (document: OpenApi, schema: Node): Node => {
  let found: unknown = schema;
  while (isNode(found) && typeof found.$ref === 'string') {
    found = found.$ref
      .slice(2)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((node, part) => (node as Node)[part], document);
  }
  return (found ?? {}) as Node;
};

/** The number of members that a schema does not name; of several schemas, the one that names the most is meant. */
const unnamed = (document: OpenApi, schema: Node, value: unknown): number => {
  const { properties = {} } = resolve(document, schema);
  return isNode(value)
    ? Object.keys(value).filter((name) => !Object.hasOwn(properties as Node, name)).length
    : 0;
};

/** The places of a value whose members have another order than in the schema. Unnamed members may be anywhere. */
export const misordered = (document: OpenApi, given: Node, value: unknown, path = ''): string[] => {
  const schema = resolve(document, given);
  const alternatives = (schema.anyOf ?? schema.oneOf) as readonly Node[] | undefined;
  if (alternatives) {
    const least = Math.min(...alternatives.map((each) => unnamed(document, each, value)));
    const found = alternatives
      .filter((each) => unnamed(document, each, value) === least)
      .map((each) => misordered(document, each, value, path));
    return found.find((each) => each.length === 0) ?? found[0] ?? [];
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return isNode(items)
      ? value.flatMap((each, at) => misordered(document, items, each, `${path}/${at}`))
      : [];
  }
  if (!isNode(value)) return [];
  const { properties = {}, additionalProperties } = schema;
  const told = properties as Readonly<Record<string, Node>>;
  const names = Object.keys(value).filter((name) => Object.hasOwn(told, name));
  const wanted = Object.keys(told).filter((name) => Object.hasOwn(value, name));
  const here =
    names.join() === wanted.join()
      ? []
      : [`${path || '/'} has ${names.join(', ')}; told is ${wanted.join(', ')}`];
  const below = Object.entries(value).flatMap(([name, each]) => {
    const part = Object.hasOwn(told, name) ? told[name] : additionalProperties;
    return isNode(part) ? misordered(document, part, each, `${path}/${name}`) : [];
  });
  return [...here, ...below];
};
