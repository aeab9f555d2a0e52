import * as z from 'zod/mini';
import { described } from './facts.ts';
import { time } from './formats.ts';

export const revision = described(z.int(), {
  description: 'The revision of the record. It starts at 1, and each change adds 1.',
  minimum: 1,
});

/** When a record was created and last changed, and by whom. */
export const history = {
  createdAt: described(time, 'The time of the creation; RFC 3339, UTC.'),
  createdBy: described(z.string(), 'The principal who created the record.'),
  modifiedAt: described(time, 'The time of the last change; RFC 3339, UTC.'),
  modifiedBy: described(z.string(), 'The principal who made the last change.'),
};
