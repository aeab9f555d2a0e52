import { catalogue, detailTypeOf } from '../../lib/event/catalogue.ts';
import { details } from '../../lib/event/details.ts';
import type { EventEntry } from '../../lib/event/entry.ts';
import { kinds } from '../../lib/kind/index.ts';
import { fieldRows } from './api-type.ts';
import { simplified } from './openapi-schema.ts';
import { describe } from './schema.ts';
import { table } from './table.ts';

const PREAMBLE = `# Events

Every change of an element, a tag, a location or a composition is an event on the EventBridge bus \`taskport\`, source \`taskport\`.
This page is made of \`lib/event/catalogue.ts\` by \`npm run docs\`.

- Events come from the table's stream: they are the difference of what a record was and what it is, so state and events cannot
  disagree. What moves no revision is none.
- Each is published **at least once**, and for one record in order; EventBridge itself promises no order. Drop repeats by
  \`eventId\`; order by \`revision\`, which every change of a record moves by one; a number that is missing is an event
  that is still to come. A name that was created anew has another \`createdAt\`.
- An event of a member carries the revision of the *composition* (\`composition.revision\`), of which there may be several.
- An event of a tag carries the revision of the *tag* (\`tag.revision\`). A move is two events of one revision: of the image that it named, and of the one that it names.
- Names of what changed are told, values never: read the element for those.
- Fields may be added to a version. A change that could break a consumer is another \`schemaVersion\`.

On AWS each type has its schema in the registry \`taskport\` of EventBridge.

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

## Writing a consumer

\`consume\` of \`taskport/events\` makes a consumer of a handler: what it makes takes an envelope, drops repeats, and tells the
handler what is late and what is missing. [examples/consumer](../examples/consumer/) is one to copy.

\`\`\`ts
import { consume } from 'taskport/events';

const consumer = consume(
  async ({ detailType, detail }, { isLate, gap }) => {
    if (gap.length > 0) console.warn(\`\${detail.id}: not heard of yet: \${gap.join(', ')}\`);
    if (detailType === 'Task Bound' && !isLate) await start(detail.id);
  },
  { memory },
);
export const handler = (event: unknown) => consumer(event);
\`\`\`

- It answers \`handled\`, \`repeated\`, or \`ignored\` for what it does not know. It throws what the handler throws: then the event counts
  as not handled, and is to be delivered again.
- \`memory\` is what it knows of each record, by default in the process alone. A consumer that must not handle an event twice
  after a restart gives it one in a store: \`get(record)\` and \`set(record, progress)\`, where \`progress\` is JSON.
- On AWS \`EventSubscription\` of \`taskport/infra\` sends chosen events to a queue, a function or an HTTPS endpoint.

## Following the log

\`GET /v1/events\` is the same events as a log, which is kept for 30 days: each once, every record in its order. Between two records there is no order:
a child may be told before its parent ([why](adr/0028-shards-of-the-log.md)). A page is sorted by \`at\`, as far as the order of records allows. It answers \`{items, after, hidden?}\`; \`items\` are envelopes, and \`after\` is where to go on, which there always is:

\`\`\`sh
curl -s "$api/events?limit=100"            # from the first that is kept
curl -s "$api/events?after=$after"         # what came since; empty until something happens
curl -s "$api/events?after=latest"         # nothing, and where now is
curl -s "$api/events?location=boxes"       # what names that location
\`\`\`

- Remember \`after\` when all of a page is handled. Who was killed before that gets the page again, and drops what it knows.
- A page may be empty though there is more, where few events are what was asked for: ask on until \`after\` stays as it was.
- \`kind\` (${[...kinds, 'location'].map((each) => `\`${each}\``).join(', ')}), \`id\` (of an element, or the name of a location) and \`location\` choose; \`limit\`
  is 1 to 1,000. A location is named by what happened there, and by what was composed with something there. What was not asked for leaves gaps in the revisions of compositions, since members of several kinds share them.
- \`hidden\` says how many there were that name what the caller may not read. They leave such gaps too. Where \`id\` or \`location\` is asked for, only
  those count that happened there, and only where the caller may read there; of another location nothing is said.
- What happened in a location that is gone is shown to those who could read there last, \`Location Deleted\` included. A new location of the
  same name is another: its readers are shown nothing of the old one.
- An \`after\` is good for the question that it came from, and one of all events for any question. One of another log, of another location,
  or that was cut off, is \`invalid-request\`, and the problem says what to give. One of a version before goes on where it stood.
- A question of one location, or of an \`id\`, reads nothing of others. Where nothing is new it costs one request of half a read unit a
  shard (8 units in 16 shards); where something is, a request more for each shard that has some, and a unit for each 4 KB there: a page of a hundred events that
  are spread over all shards costs 24. A follower that asks once a second for a month costs 21 million units where nothing happens.
- With \`Accept: text/event-stream\` the local host sends events as they come (server-sent events): \`event\` is the type, \`data\` the
  envelope, and \`id\` is an \`after\`, from which a client that lost its connection goes on by \`Last-Event-ID\`. On AWS it answers a
  page: EventBridge is there for who does not want to ask.

## The audit trail of an element

\`GET /v1/elements/{kind}/{location}/{name}/audit\` is who did what to it and when, the earliest first, in pages (\`limit\`, \`cursor\`):
\`{eventId, action, at, actor, …}\`, where \`action\` is the verb of the event and the rest is what its detail carries. An executor's
trail has what was composed on it, each with the \`id\` of the member. It takes the permission to read, goes on across a name that
is created anew, and is kept when the element is gone, or its location: for 400 days, or as \`-c auditDays=…\` says at the deployment.

Who could read in a location when it was deleted can read its trails still; to everybody else it is \`unknown-location\`, or \`permission-denied\` where a new one
has the name. One who may read in the old location and in the new one gets both trails as one, told apart by \`createdAt\`; who may read in one of them gets its part. Entries
of his part that name an element in a location where he may not read are counted in \`hidden\`.
`;

const section = (entry: EventEntry): string => {
  const types = entry.subjects.map((subject) => `\`${detailTypeOf(subject, entry)}\``);
  return [
    `## ${types.join(' · ').replaceAll('`', '')}`,
    '',
    `${entry.meaning} Version ${entry.version}.`,
    '',
    table(
      ['Field of `detail`', 'Type', 'Always', 'Meaning'],
      fieldRows(simplified(describe(details[entry.detail]))),
    ),
    '',
  ].join('\n');
};

/** The page docs/events.md. */
export const eventReference = (): string =>
  [PREAMBLE, ...catalogue.map((entry) => section(entry as unknown as EventEntry))].join('\n');
