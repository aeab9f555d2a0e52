import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { eventReference } from '../../../docs/generate/events.ts';
import { entries } from '../../../lib/event/catalogue.ts';
import { details } from '../../../lib/event/details.ts';
import { eventSchema } from '../../../lib/event/event-schema.ts';

it('docs/events.md is the output of `npm run docs`', async () => {
  const page = await readFile(new URL('../../../docs/events.md', import.meta.url), 'utf8');
  expect(page).toBe(eventReference());
});

it('the page contains every type, and its example conforms to its schema', () => {
  const page = eventReference();
  for (const type of entries.keys()) expect(page).toContain(type);
  const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const { 'detail-type': type, detail } = JSON.parse(example);
  const entry = entries.get(type);
  expect(entry && details[entry.detail].safeParse(detail)).toMatchObject({ success: true });
});

describe.each([...entries])('the JSON Schema of %s', (_, entry) => {
  const { $schema: __, ...schema } = eventSchema(entry);
  const isValid = new Ajv({ strict: false }).compile(schema);

  it('requires the same as the schema, and permits additions of later versions', () => {
    const text = JSON.stringify(schema);
    expect(text).not.toContain('additionalProperties');
    expect(schema.required).toEqual(
      expect.arrayContaining(['eventId', 'schemaVersion', 'id', 'at', 'actor']),
    );
    expect(isValid({})).toBe(false);
  });
});
