import * as z from 'zod/mini';
import { auditEntry } from '../../../lib/event/audit-entry.ts';
import { catalogue, detailTypeOf } from '../../../lib/event/catalogue.ts';
import { details } from '../../../lib/event/details.ts';
import type { EventEntry } from '../../../lib/event/entry.ts';
import { EVENT_SOURCE } from '../../../lib/event/source.ts';
import { described, optional } from '../../../lib/facts.ts';
import { opaque } from '../../../lib/formats.ts';
import { eventsQuery } from '../routes/events.ts';
import { answered, pageOf } from './component.ts';
import { defineOperations } from './operation.ts';

/** `ElementCreated`, `TaskExited`, `LocationDeleted`. */
const nameOf = ({ verb, subjects }: EventEntry): string => {
  const [only] = subjects;
  return subjects.length === 1 && only ? detailTypeOf(only, { verb }).replace(' ', '') : `Element${verb}`;
};

const entries = catalogue as unknown as readonly EventEntry[];

/** The schemas that events share, and those of their details. */
export const eventSchemas: ReadonlySet<string> = new Set(
  entries.flatMap((entry) => [nameOf(entry), `${nameOf(entry)}Detail`]),
);

const variants = entries.map((entry) =>
  answered(
    nameOf(entry),
    entry.meaning,
    z.object({
      source: described(z.literal(EVENT_SOURCE), 'The source of the event.'),
      'detail-type': described(
        z.enum(entry.subjects.map((subject) => detailTypeOf(subject, entry))),
        'The kind of the subject, and what happened to it.',
      ),
      detail: described(
        answered(
          `${nameOf(entry)}Detail`,
          'The details of the event. The page events.md describes each field.',
          details[entry.detail],
        ),
        'The details of the event.',
      ),
    }),
  ),
);

const event = answered('Event', 'An event in the form in which EventBridge delivers it.', z.union(variants));

const eventPage = answered(
  'EventPage',
  'A page of the log of events.',
  z.object({
    items: described(
      z.array(event),
      'The events of the page. Events of one record are in the order in which the service logged them.',
    ),
    hidden: optional(
      z.int(),
      'The number of events that the page leaves out because they name a location that the caller may not read. If the query has `id` or `location`, the number counts only events that name it, at times at which the caller may read there. Absent if the page leaves none out.',
    ),
    after: described(
      opaque,
      'The `after` of the next page. It is always present, since more events will follow.',
    ),
  }),
);

export const auditPage = pageOf(
  'AuditPage',
  'an audit trail, the earliest first',
  answered(
    'AuditEntry',
    'An entry of the audit trail: who did what, when, and further details of the event.',
    auditEntry,
  ),
);

export const eventOperations = defineOperations('events', {
  readEvents: {
    call: 'GET /v1/events',
    summary: 'Read the log of events',
    description:
      'The log has each event once, and the events of one record in their order. The service keeps events for 30 days. On a laptop, a request whose `Accept` header names `text/event-stream` gets the events as server-sent events.',
    headers: ['Last-Event-ID'],
    query: eventsQuery,
    answers: { 200: ['A page of the log.', eventPage] },
  },
});
