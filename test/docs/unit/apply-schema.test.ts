import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declare } from '../../../cli/apply/declared.ts';
import type { Names } from '../../../cli/apply/meant-names.ts';
import { readDocuments } from '../../../cli/apply/yaml-documents.ts';
import { applySchema, applySchemaText } from '../../../docs/generate/apply-schema.ts';
import type { Kind } from '../../../lib/kind/index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLES = join(ROOT, 'examples/apply');
const ajv = new Ajv({
  strictTypes: false,
  strictRequired: false,
  formats: { byte: true, 'date-time': true, int32: true, int64: true },
});
const takes = ajv.compile(applySchema());

/** Fields that the examples do not contain. */
const MORE = `
apiVersion: taskport/v1
kind: Location
name: library
keeps: executor
policy: create-only
owner: local
grants: [{ principal: local, actions: [read, compose] }]
allow: { capabilities: [CAP_NET_ADMIN], logs: null }
---
apiVersion: taskport/v1
kind: Location
name: library
keeps: image
capacity: 2048
indexed: [ro.os]
grants: null
---
apiVersion: taskport/v1
kind: Volume
id: volume://data/state
parentId: image://library/app:1.0
freeSpace: null
metadata: { ro: { os: { base64: "/w==" } }, rw: { gone: null } }
data: { base64: "" }
checksum: sha256:${'0'.repeat(64)}
---
apiVersion: taskport/v1
kind: Executor
id: boxes/one
parentId: boxes/zero
spec: { resources: { memory: { limit: 67108864 } }, hostname: null }
---
apiVersion: taskport/v1
kind: Composition
executorId: executor://boxes/one
executor: { spec: { network: { mode: none } }, metadata: { rw: { rack: "7", row: null } } }
state: unbound
members:
  - id: tasks/one
    overrides: { process: { env: [{ name: A, value: null }, { name: B, value: b }], cwd: null } }
  - task: { name: two, spec: { process: { args: [/bin/true] } } }
    storageId: state
  - { id: app, mount: { path: / } }
`;

const texts = [
  MORE,
  ...readdirSync(EXAMPLES)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(EXAMPLES, name), 'utf8')),
];
const documents = texts.flatMap((text) => readDocuments(text, 'file').map(({ value }) => value));
const full = (kind: Kind, text: string): string =>
  /:/.test(text) || text === '' ? text : `${kind}://${text.includes('/') ? text : `all/${text}`}`;
/** Names of a service that has all named elements. */
const names: Names = {
  full,
  member: async (text, isMounted) => full(isMounted ? 'volume' : 'task', text),
  declares: () => true,
};
/** Why `apply` refuses a document; empty if it does not. */
const reasonAgainst = (value: unknown): Promise<string> =>
  declare({ value, at: (path) => path }, '.', names).then(
    () => '',
    (error: Error) => {
      if (error.name !== 'UsageError') throw error;
      return error.message;
    },
  );

type Path = readonly (string | number)[];

const pathsOf = (value: unknown, at: Path = []): Path[] => [
  at,
  ...(typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, part]) =>
        pathsOf(part, [...at, Array.isArray(value) ? Number(key) : key]),
      )
    : []),
];

/** The value, with another one at a path; without one there if that is undefined. */
const replaced = (value: unknown, [step, ...rest]: Path, by: unknown): unknown => {
  if (step === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  const part = replaced(copy[step], rest, by);
  if (part !== undefined) copy[step] = part;
  else if (Array.isArray(copy)) copy.splice(Number(step), 1);
  else delete copy[step];
  return copy;
};

/** Values for any place, mostly invalid. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      undefined,
      null,
      true,
      0,
      -1,
      1.5,
      2 ** 53,
      '',
      'x',
      '/',
      'scratch:',
      'a/b',
      'image://a/b',
      'task://a/b',
    ],
    ...[
      'executor://a/b',
      [],
      {},
      { base64: 'AA==' },
      { base64: 1 },
      { upload: true },
      [{}],
      ['x'],
      'sha256:00',
    ],
  ),
  fc.json().map((text) => JSON.parse(text)),
);

describe('the schema of documents', () => {
  it('is docs/apply.schema.json, the output of `npm run docs`', () => {
    expect(readFileSync(join(ROOT, 'docs/apply.schema.json'), 'utf8')).toBe(applySchemaText());
  });

  it('accepts the examples, like `apply`', async () => {
    for (const document of documents) {
      expect(await reasonAgainst(document)).toBe('');
      expect(takes(document), ajv.errorsText(takes.errors)).toBe(true);
    }
  });

  it('accepts everything that `apply` accepts', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...documents),
        fc.nat(),
        anything,
        fc.boolean(),
        async (document, at, by, adds) => {
          const paths = pathsOf(document);
          const path = paths[at % paths.length] as Path;
          const changed = replaced(document, adds ? [...path.slice(0, -1), 'more'] : path, by);
          if ((await reasonAgainst(changed)) === '')
            expect(takes(changed), JSON.stringify(changed)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    ));

  it.each([
    ['no version', { kind: 'Image', id: 'a/b' }],
    ['a kind that there is not', { apiVersion: 'taskport/v1', kind: 'Pod', id: 'a/b' }],
    ['a field that there is not', { apiVersion: 'taskport/v1', kind: 'Image', id: 'a/b', colour: 'red' }],
    ['a parent of a log', { apiVersion: 'taskport/v1', kind: 'Log', id: 'a/b', parentId: 'a/c' }],
    ['data of an executor', { apiVersion: 'taskport/v1', kind: 'Executor', id: 'a/b', data: 'x' }],
    [
      'an image for a parent of a task',
      { apiVersion: 'taskport/v1', kind: 'Task', id: 'a/b', parentId: 'image://a/c' },
    ],
    [
      'a number for text',
      { apiVersion: 'taskport/v1', kind: 'Task', id: 'a/b', spec: { process: { cwd: 1 } } },
    ],
    [
      'a state that there is not',
      { apiVersion: 'taskport/v1', kind: 'Composition', executorId: 'a/b', state: 'up' },
    ],
    ['a handle', { apiVersion: 'taskport/v1', kind: 'Composition', executorId: 'a/b', handle: 'x' }],
  ])('refuses %s, like `apply`', async (_, document) => {
    expect(takes(document)).toBe(false);
    expect(await reasonAgainst(document)).not.toBe('');
  });
});
