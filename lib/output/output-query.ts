import * as z from 'zod/mini';
import { optional } from '../facts.ts';
import { opaque } from '../formats.ts';
import type { Shown } from '../shown.ts';
import { MAX_TAIL } from './max-tail.ts';

export const streamName = z.enum(['stdout', 'stderr']);

const number = (most: number) =>
  z.pipe(
    z.pipe(z.string().check(z.regex(/^\d{1,6}$/, 'must be a number')), z.transform(Number)),
    z.int().check(z.minimum(1), z.maximum(most)),
  );

export const outputQuery = z
  .strictObject({
    stream: optional(streamName, 'The stream to read. Absent for both streams.'),
    after: optional(opaque, 'The place where the page begins: the `after` of the previous page.'),
    tail: optional(
      number(MAX_TAIL),
      'The number of lines before the end at which the page begins. It may begin a little earlier.',
    ),
    follow: optional(
      z.literal('true'),
      'Whether the service waits up to 20 seconds for more output if there is none. A deployment on AWS answers at once.',
    ),
  })
  .check(
    z.refine(({ after, tail }) => after === undefined || tail === undefined, {
      path: ['tail'],
      message: 'must not be beside `after`: both say where the page begins',
    }),
  );
export type OutputQuery = Shown<typeof outputQuery>;
