import { catalogue, detailTypeOf } from '../../lib/event/catalogue.ts';
import type { EventEntry } from '../../lib/event/entry.ts';
import { type EventSchema, eventSchema } from '../../lib/event/event-schema.ts';

const PREAMBLE = `# Events

Every change of an element, a location or a composition is an event on the EventBridge bus \`taskport\`, source \`taskport\`.
This page is made of \`lib/event/catalogue.ts\` by \`npm run docs\`.

- Events come from the table's stream: they are the difference of what a record was and what it is, so state and events cannot
  disagree. What moves no revision is none.
- Each is published **at least once**, and for one record in order; EventBridge itself promises no order. Drop repeats by
  \`eventId\`; order by \`revision\`, which every change of a record moves by one; a number that is missing is an event
  that is still to come. A name that was created anew has another \`createdAt\`.
- An event of a member carries the revision of the *composition* (\`composition.revision\`), of which there may be several.
- Names of what changed are told, values never: read the element for those.
- Fields may be added to a version. A change that could break a consumer is another \`schemaVersion\`.

\`consume\` of \`lib/event/consumer.ts\` does all of this; [examples/consumer](../examples/consumer/) shows it at work. On AWS each
type has its schema in the registry \`taskport\` of EventBridge.

An envelope, as EventBridge delivers it:

\`\`\`json
{
  "source": "taskport",
  "detail-type": "Image Modified",
  "detail": {
    "eventId": "c4ca4238a0b923820dcc509a6f75849b.modified",
    "schemaVersion": 1,
    "id": "image://library/alpine",
    "kind": "image",
    "location": "library",
    "at": "2026-01-31T12:00:00.000Z",
    "actor": "arn:aws:iam::123456789012:role/Builder",
    "createdAt": "2026-01-30T09:30:00.000Z",
    "revision": 2,
    "changed": ["rw.channel"]
  }
}
\`\`\`
`;

const typeOf = ({ type, enum: values, const: value, items }: EventSchema): string => {
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  if (values) return values.map((each) => `\`${each}\``).join(', ');
  return items ? `${typeOf(items)}[]` : (type ?? '');
};

/** Every field of a detail, each before what is below itself. */
const rowsOf = (schema: EventSchema, below = ''): string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    `| \`${below}${name}\` | ${typeOf(field)} | ${schema.required?.includes(name) ? 'yes' : ''} |`,
    ...rowsOf(field, `${below}${name}.`),
  ]);

const section = (entry: EventEntry): string => {
  const types = entry.subjects.map((subject) => `\`${detailTypeOf(subject, entry)}\``);
  return [
    `## ${types.join(' · ').replaceAll('`', '')}`,
    '',
    `${entry.meaning} Version ${entry.version}.`,
    '',
    '| Field of `detail` | Type | Always |',
    '| --- | --- | --- |',
    ...rowsOf(eventSchema(entry)),
    '',
  ].join('\n');
};

/** The page docs/events.md. */
export const eventReference = (): string =>
  [PREAMBLE, ...catalogue.map((entry) => section(entry as unknown as EventEntry))].join('\n');
