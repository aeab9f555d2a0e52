/** Prints, as JSON, the effects of kinds and targets in the program, for a run with additions. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleConsole } from '../../build/console-bundle.ts';
import type { Io } from '../../cli/io.ts';
import { createProgram } from '../../cli/program.ts';
import { openApi } from '../../docs/generate/openapi.ts';
import type { Composition } from '../../lib/composition/composition.ts';
import type { Attributes } from '../../lib/element/element.ts';
import { specSchemaOf } from '../../lib/element/specs.ts';
import { entries, eventsOf } from '../../lib/event/catalogue.ts';
import type { Change } from '../../lib/event/change.ts';
import { details } from '../../lib/event/details.ts';
import { kinds, memberKinds, parentKinds, storageKinds } from '../../lib/kind/index.ts';

/** Every enumeration of the document with kinds in it. */
const enumerations = new Set<string>();
const document = openApi();
JSON.stringify(document, (key, value) => {
  // A way of reference may have the name of a kind.
  if (key === 'enum' && value.includes('image') && !value.includes('child')) enumerations.add(value.join());
  return value;
});

const kind = kinds.at(-1) as (typeof memberKinds)[number];
const at = '2026-01-01T00:00:00.000Z';
const attributes = {
  ...{ id: `${kind}://some/one`, kind, location: 'some', name: 'one', state: 'ready', revision: 1 },
  ...{ parentId: `${kind}://some/stem`, createdAt: at, createdBy: 'me', modifiedAt: at, modifiedBy: 'me' },
} satisfies Attributes;
const element = { row: 'element', attributes, ro: {}, rw: {} } as const;
const composition: Composition = {
  ...{ executorId: 'executor://boxes/one', incarnation: 'a', nonce: 'b', revision: 1, members: [] },
  ...{ attempts: {}, attemptFloor: 0, createdAt: at, modifiedAt: at, modifiedBy: 'me' },
};
const member = { id: attributes.id, kind, bound: true, reference: 'c' };
const composed = (revision: number, members: Composition['members']) =>
  ({ row: 'composition', composition: { ...composition, revision, members } }) as const;
const changes: Change[] = [
  { id: '1', after: element },
  { id: '2', before: element, after: { ...element, attributes: { ...attributes, revision: 2 } } },
  { id: '3', before: element, after: { row: 'gone', attributes } },
  { id: '4', before: composed(1, []), after: composed(2, [member]) },
  { id: '5', before: composed(2, [member]), after: composed(3, [{ ...member, bound: false }]) },
  { id: '6', before: composed(3, [member]), after: composed(4, []) },
];
const events = changes.flatMap(eventsOf).map(({ detailType, detail }) => {
  const entry = entries.get(detailType);
  return [detailType, entry !== undefined && details[entry.detail].safeParse(detail).success] as const;
});

const directory = mkdtempSync(join(tmpdir(), 'taskport-console-'));
bundleConsole(directory);
const page = readFileSync(join(directory, 'index.html'), 'utf8');
const script = readFileSync(join(directory, /[\w-]+\.js/.exec(page)?.[0] ?? ''), 'utf8');

const program = createProgram({} as Io);
const compose = program.commands.find((command) => command.name() === 'compose');
const planCommand = compose?.commands.find((command) => command.name() === 'plan');

console.log(
  JSON.stringify({
    lists: { kinds, memberKinds, parentKinds, storageKinds },
    enumerations: [...enumerations],
    schemas: Object.keys(document.components.schemas).filter((name) => name.endsWith('Spec')),
    spec: (await specSchemaOf(kind)).safeParse({ colour: 'red' }).success,
    events,
    commands: program.commands.map((command) => command.name()),
    plans: JSON.stringify(document.components.schemas.Plan),
    targets: JSON.stringify(document.paths['/v1/compositions/{handle}/plan']?.get?.parameters),
    planHelp: planCommand?.helpInformation(),
    isInConsole: script.includes(`plural:"${kind}s"`),
  }),
);
