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
      source: described(z.literal(EVENT_SOURCE), 'Who tells of it.'),
      'detail-type': described(
        z.enum(entry.subjects.map((subject) => detailTypeOf(subject, entry))),
        'What happened to what.',
      ),
      detail: described(
        answered(`${nameOf(entry)}Detail`, 'Field by field in events.md.', details[entry.detail]),
        'What is told of it.',
      ),
    }),
  ),
);

const event = answered('Event', 'An event, as EventBridge delivers it.', z.union(variants));

const eventPage = answered(
  'EventPage',
  'A page of the log of events.',
  z.object({
    items: described(z.array(event), 'Those of one record in the order in which they were logged.'),
    hidden: optional(
      z.int(),
      'How many were passed over, since they name a location where the caller may not read. With `id` or `location`: of what names that, while he may read there; what happens elsewhere alone is not looked at.',
    ),
    after: described(opaque, 'The place to continue from; always present, since more will follow.'),
  }),
);

export const auditPage = pageOf(
  'AuditPage',
  'an audit trail, the earliest first',
  answered('AuditEntry', 'Who did what, when; with what else the event tells of it.', auditEntry),
);

export const eventOperations = defineOperations('events', {
  readEvents: {
    call: 'GET /v1/events',
    summary: 'Read the log of events',
    description:
      'Each once, every record in its order; kept for 30 days. On a laptop also as server-sent events, where `Accept` asks for `text/event-stream`.',
    headers: ['Last-Event-ID'],
    query: eventsQuery,
    answers: { 200: ['A page of it.', eventPage] },
  },
});
