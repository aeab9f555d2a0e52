import * as z from 'zod/mini';
import { catalogue, detailTypeOf } from '../../../lib/event/catalogue.ts';
import { details } from '../../../lib/event/details.ts';
import type { EventEntry } from '../../../lib/event/entry.ts';
import { EVENT_SOURCE } from '../../../lib/event/source.ts';
import { eventsQuery } from '../routes/events.ts';
import { answered, pageOf, revision, time } from './component.ts';
import { defineOperation } from './operation.ts';

/** `ElementCreated`, `TaskExited`, `LocationDeleted`. */
const nameOf = ({ verb, subjects }: EventEntry): string => {
  const [only] = subjects;
  return subjects.length === 1 && only ? detailTypeOf(only, { verb }).replace(' ', '') : `Element${verb}`;
};

const entries = catalogue as unknown as readonly EventEntry[];

/** The schemas that events have among them, and their details. */
export const eventSchemas: ReadonlySet<string> = new Set(
  entries.flatMap((entry) => [nameOf(entry), `${nameOf(entry)}Detail`]),
);

const variants = entries.map((entry) =>
  answered(
    nameOf(entry),
    entry.meaning,
    z.object({
      source: z.literal(EVENT_SOURCE),
      'detail-type': z.enum(entry.subjects.map((subject) => detailTypeOf(subject, entry))),
      detail: answered(`${nameOf(entry)}Detail`, 'Field by field in events.md.', details[entry.detail]),
    }),
    {
      source: 'Who tells of it.',
      'detail-type': 'What happened to what.',
      detail: 'What is told of it.',
    },
  ),
);

const event = answered('Event', 'An event, as EventBridge delivers it.', z.union(variants));

const eventPage = answered(
  'EventPage',
  'A page of the log of events.',
  z.object({ items: z.array(event), hidden: z.optional(z.int()), after: z.string() }),
  {
    items: 'Those of one record in the order in which they were logged.',
    hidden:
      'How many stand among them that the caller may not read; with `id` or `location`, of those that happened where he may.',
    after: 'Where to go on: always, since there will be more.',
  },
);

const auditEntry = answered(
  'AuditEntry',
  'Who did what, when; with what else the event tells of it.',
  z.looseObject({
    eventId: z.string(),
    action: z.string(),
    at: time(),
    actor: z.string(),
    id: z.optional(z.string()),
    createdAt: z.optional(time()),
    revision: z.optional(revision()),
    changed: z.optional(z.array(z.string())),
    moreChanged: z.optional(z.int()),
    child: z.optional(z.object({ id: z.string(), createdAt: time(), revision: revision() })),
    composition: z.optional(z.object({ executorId: z.string(), createdAt: time(), revision: revision() })),
  }),
  {
    eventId: 'The ID of the event.',
    action: 'The verb of the event: `Created`, `Modified`, `Bound`.',
    at: 'When it happened; RFC 3339, UTC.',
    actor: 'The principal who did it.',
    id: 'The element that it happened to, where that is a member of the executor whose trail this is.',
    createdAt: 'When the element was created.',
    revision: 'The revision that it led to.',
    changed: 'Names of what changed, never values.',
    moreChanged: 'How many more there are.',
    child: 'What it became the parent of.',
    'child.id': 'The ID of the child.',
    'child.createdAt': 'When the child was created.',
    'child.revision': 'The revision of the child.',
    composition: 'On what it was composed.',
    'composition.executorId': 'The ID of the executor.',
    'composition.createdAt': 'When the composition was created.',
    'composition.revision': 'The revision of the composition.',
  },
);

export const auditPage = pageOf('AuditPage', 'an audit trail, the earliest first', auditEntry);

export const eventOperations = [
  defineOperation({
    id: 'readEvents',
    method: 'get',
    path: '/v1/events',
    tag: 'events',
    summary: 'Read the log of events',
    description:
      'Each once, every record in its order; kept for 30 days. On a laptop also as server-sent events, where `Accept` asks for `text/event-stream`.',
    headers: ['Last-Event-ID'],
    query: {
      schema: eventsQuery,
      parameters: {
        limit: 'The most events on a page.',
        after: 'Where the page begins: the `after` of the page before; `latest` for what comes from now on.',
        kind: 'Only events of this kind.',
        id: 'Only events of this element or location.',
        location: 'Only events that name this location.',
      },
    },
    answers: { 200: { description: 'A page of it.', schema: eventPage } },
    problems: [],
  }),
];
