import * as z from 'zod/mini';
import { settled } from '../element/attachment-schema.ts';
import { memberId } from '../element/id-schema.ts';
import { described, optional } from '../facts.ts';
import type { Shown } from '../shown.ts';
import { changes, child, composition, end, subject, tag, version } from './details.ts';

/** Who did what, and when. It contains names of changed keys, never values. */
export const auditEntry = z.looseObject({
  eventId: described(subject.eventId, 'The ID of the event.'),
  action: described(z.string(), 'The verb of the event: `Created`, `Modified`, `Bound`.'),
  at: subject.at,
  actor: subject.actor,
  id: optional(
    memberId,
    'The element that it happened to, where that is a member of the executor whose trail this is.',
  ),
  createdAt: optional(version.createdAt, 'When the element was created.'),
  revision: z.optional(version.revision),
  changed: z.optional(changes.changed),
  moreChanged: changes.moreChanged,
  child: z.optional(child),
  composition: z.optional(composition),
  tag: z.optional(tag),
  attachment: z.optional(settled.shape.attachment),
  outcome: z.optional(settled.shape.outcome),
  // For a task that ended; `reason` also for a task that a deadline ended.
  ...end,
});
export type AuditEntry = Shown<typeof auditEntry>;
