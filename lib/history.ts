import * as z from 'zod/mini';
import { described } from './facts.ts';
import { time } from './formats.ts';

export const revision = described(z.int(), {
  description: '1, 2, 3 …; every change moves it by one.',
  minimum: 1,
});

/** When a record was created and last changed, and by whom. */
export const history = {
  createdAt: described(time, 'When it was created; RFC 3339, UTC.'),
  createdBy: described(z.string(), 'The principal who created it.'),
  modifiedAt: described(time, 'When it was last changed.'),
  modifiedBy: described(z.string(), 'The principal who last changed it.'),
};
