import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { simplified } from '../../../docs/generate/openapi-schema.ts';
import { describeSpec } from '../../../docs/generate/schema.ts';
import { fieldsOfSpec, taskSpecification } from '../../../docs/generate/task-specification.ts';
import { cases, saying } from '../../lib/element/task-spec-cases.ts';

it('docs/task-specification.md is the output of `npm run docs`', async () => {
  const page = await readFile(new URL('../../../docs/task-specification.md', import.meta.url), 'utf8');
  expect(page).toBe(taskSpecification());
});

describe.each([
  ['a task', fieldsOfSpec('TaskSpec')],
  ['an image', fieldsOfSpec('ImageSpec')],
  ['an executor', fieldsOfSpec('ExecutorSpec')],
  ['a log', fieldsOfSpec('LogSpec')],
])('the specification of %s', (_, fields) => {
  it.each(fields.map((field) => [field.path, field] as const))('documents all of %s', (__, field) => {
    expect(field.description).toMatch(/^\p{Lu}.*\.$/u);
    expect(field.source).not.toBe('');
    expect(field.type).not.toBe('');
    if (field.type === 'object') return;
    expect(field.bounds).not.toBe('');
    expect(field.default).not.toBe('');
  });
});

it('links lead to headings of the page', () => {
  const page = taskSpecification();
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor);
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((anchor) => !headings.includes(anchor))).toEqual([]);
});

describe('the JSON Schema of a task’s specification', () => {
  const schema = simplified(describeSpec('TaskSpec'));
  const judge = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);

  it('contains the defaults, and is a valid JSON Schema', () => {
    expect(schema.properties?.process?.properties?.cwd).toMatchObject({
      type: 'string',
      maxLength: 4095,
      description: 'Working directory.',
      default: '/',
    });
    expect(JSON.stringify(schema)).not.toMatch(/"(source|bounds|absent)":/);
  });

  it.each(Object.entries(cases))('agrees with the schema about %s', (path, { takes, refuses }) => {
    for (const value of takes) expect(judge.safeParse(saying(path, value)).error).toBeUndefined();
    const taken = refuses.filter((value) => judge.safeParse(saying(path, value)).success);
    expect(taken.filter((value) => !isBeyond(value))).toEqual([]);
  });
});

/** Rules that JSON Schema cannot express: lone surrogates, and two items of one name. */
const isBeyond = (value: unknown): boolean =>
  /\\ud800/.test(JSON.stringify(value)) ||
  (Array.isArray(value) &&
    value.some((item) => typeof item === 'object') &&
    new Set(value.map((item) => item.name ?? item.type)).size < value.length);
