import { catalogue, detailTypeOf } from '../../lib/event/catalogue.ts';
import { details } from '../../lib/event/details.ts';
import type { EventEntry } from '../../lib/event/entry.ts';
import { kinds } from '../../lib/kind/index.ts';
import { fieldRows } from './api-type.ts';
import { simplified } from './openapi-schema.ts';
import { describe } from './schema.ts';
import { table } from './table.ts';

const PREAMBLE = `# Events

Taskport sends an event for every change of an element, a tag, a location or a composition: to the EventBridge bus \`taskport\`, with the source \`taskport\`. A change that adds nothing to a revision sends none.
\`npm run docs\` writes this page from \`lib/event/catalogue.ts\`.

- **Origin.** Taskport makes each event from the stream of the table, by comparing a row before and after a change. So events agree with the state.
- **Delivery.** An event comes **at least once**. EventBridge promises no order. Drop repeats by \`eventId\`.
- **Order.** Every change of a record adds one to its \`revision\`. Order events by it. A missing number is an event that is still to come. A record that somebody deleted and created anew has another \`createdAt\`.
- **Members.** An event of a member has the revision of the *composition* (\`composition.revision\`). Several events may have the same one.
- **Tags.** An event of a tag has the revision of the *tag* (\`tag.revision\`). Moving a tag sends two events with the same revision: one for the image that had it, one for the image that gets it.
- **Content.** An event names the fields that changed, without their values. Read the element for the values.
- **Versions.** A version may get new fields. A change that could break a consumer gets another \`schemaVersion\`. On AWS the registry \`taskport\` of EventBridge has a schema for each type.

EventBridge delivers this envelope:

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

\`consume\` of \`taskport/events\` turns your handler into a consumer. The consumer takes an envelope, drops repeats, and tells the handler which events came late and which are missing.
[examples/consumer](../examples/consumer/) is one to copy.

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

- The consumer answers \`handled\`, \`repeated\`, or \`ignored\` for an event of a type that it does not know. If the handler throws, the consumer throws too, and does not count the event as handled. Have it delivered again.
- \`memory\` keeps what the consumer knows of each record. By default it is in the process, and a restart loses it. To handle no event twice after a restart, give it a store: \`get(record)\` and \`set(record, progress)\`, where \`progress\` is JSON.
- On AWS \`EventSubscription\` of \`taskport/infra\` sends chosen events to a queue, a function or an HTTPS endpoint.

## Following the log

\`GET /v1/events\` answers the same events from a log. The log keeps each event once, for 30 days, and keeps the events of a record in order. Events of different records have no order: the event of a child may come before
that of its parent ([ADR 28](adr/0028-shards-of-the-log.md)). A page is \`{items, after, hidden?}\`. \`items\` are envelopes, sorted by \`at\` as far as the order of records allows. \`after\` is where the next page begins; every page has it.

\`\`\`sh
api=http://127.0.0.1:8787/v1
curl -s "$api/events?limit=100"            # from the oldest event
curl -s "$api/events?after=$after"         # newer events; an empty page until something happens
curl -s "$api/events?after=latest"         # no events, and where the log ends now
curl -s "$api/events?location=boxes"       # events that name this location
\`\`\`

The first of them prints:

\`\`\`text
{"items":[{"source":"taskport","detail-type":"Location Created","detail":{…}},…],"after":"…"}
\`\`\`


- **Remember \`after\`** once you have handled the whole page. A consumer that dies before gets the page again, and drops the events that it knows.
- **An empty page** does not mean the end where a filter matches few events. Ask until \`after\` stays the same.
- **Filters.** \`kind\` (${[...kinds, 'location'].map((each) => `\`${each}\``).join(', ')}), \`id\` (of an element, or the name of a location), \`location\`, and \`limit\` from 1 to 1,000. An event names a location if it happened there, or if its
  composition has an element of it. A filter leaves gaps in the revisions of compositions, since members of several kinds share them.
- **\`hidden\`** counts the events of the page that name something that the caller may not read. They leave gaps too. With \`id\` or \`location\` it counts only events in that location, and only where the caller may read there.
- **A deleted location.** Callers who could read there when it was deleted still see its events, \`Location Deleted\` included. Readers of a new location of the same name do not.
- **Filter of an \`after\`.** Send it with the filter of its page. An \`after\` of a page without a filter works with any filter. The service refuses an \`after\` of another log or location, or a truncated one, as \`invalid-request\`, and says what to send.
  It takes those of earlier versions.
- **Cost.** A question with \`location\` or \`id\` reads only the events of that location. An empty page costs one request and half a read unit for each shard (8 units with 16 shards). A page with events costs one more request for each shard that
  has some, and a unit for each 4 KB there: a page of a hundred events from all shards costs 24 units. A consumer that asks once a second costs 21 million units in a month without events.
- **Server-sent events.** With \`Accept: text/event-stream\` the local host sends events as they happen: \`event\` is the type, \`data\` the envelope, \`id\` an \`after\`. A client that lost its connection sends it as \`Last-Event-ID\` and goes on. On AWS
  the same request answers one page; use EventBridge to have events sent to you.

## The audit trail of an element

\`GET /v1/elements/{kind}/{location}/{name}/audit\` says who did what to the element, and when. The oldest entry comes first, in pages (\`limit\`, \`cursor\`). An entry is \`{eventId, action, at, actor, …}\`: \`action\` is the verb of the event, and the other
fields come from its detail. The trail of an executor also has what happened to its members; \`id\` names the member. A caller needs \`read\`. The trail covers all elements that had the name, and stays when the element or the location is deleted: for 400
days, or as long as \`-c auditDays=…\` says.

Callers who could read in a location when it was deleted can still read its trails. Others get \`unknown-location\`, or \`permission-denied\` if a new location has the name. A caller who may read in both gets one trail of both; \`createdAt\` tells them
apart. \`hidden\` counts the entries that name an element in a location where the caller may not read.
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
