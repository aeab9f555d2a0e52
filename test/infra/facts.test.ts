/** Lambda's bundles contain the validation of fields, but not their descriptions. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApi } from '../../docs/generate/openapi.ts';
import type { ApiSchema } from '../../docs/generate/openapi-schema.ts';
import { functions } from '../../infra/wiring.ts';

const DIST = join(import.meta.dirname, '../../dist/functions');
/** A shorter text may be in a function for another reason. */
const TELLING = 20;

const partsOf = ({ properties = {}, items, anyOf = [] }: ApiSchema): ApiSchema[] => [
  ...Object.values(properties),
  ...anyOf,
  ...(items ? [items] : []),
];
const saidIn = (part: ApiSchema): string[] => [part.description ?? '', ...partsOf(part).flatMap(saidIn)];
const { paths, components } = openApi();
const parameters = Object.values(paths)
  .flatMap((methods) => Object.values(methods))
  .flatMap((item) => item.parameters ?? [])
  .flatMap((parameter) => ('description' in parameter ? parameter.description : []));
const said = [...Object.values(components.schemas).flatMap(partsOf).flatMap(saidIn), ...parameters]
  .map((text) => text.replace(/ Default: .*/, ''))
  .filter((text) => text.length > TELLING);

const textOf = (name: string): string => {
  const directory = join(DIST, name);
  const chunks = readdirSync(directory).filter((file) => file.endsWith('.mjs'));
  return chunks.map((file) => readFileSync(join(directory, file), 'utf8')).join('\n');
};

describe.each(functions.map(({ name }) => name))('the function %s', (name) => {
  it('has no descriptions of fields', () => {
    expect(said.length).toBeGreaterThan(200);
    const text = textOf(name);
    expect(said.filter((each) => text.includes(each))).toEqual([]);
  });
});

it('the API validates fields', () => {
  const text = textOf('api');
  for (const message of ['must be a host name or address', 'must be a URI such as', 'names a key twice'])
    expect(text).toContain(message);
});
