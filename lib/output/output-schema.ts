import * as z from 'zod/mini';
import type { Checksum } from '../element/checksum.ts';
import { signedRequest } from '../element/upload/upload-schema.ts';
import { described, optional } from '../facts.ts';
import { opaque, time, url } from '../formats.ts';
import type { Shown } from '../shown.ts';
import { wellFormed } from '../validation.ts';
import { streamName } from './output-query.ts';

/** The most bytes of a segment inside its call, and of one that a signed request uploads. */
export const MAX_TEXT_BYTES = 8 * 1024;
const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;
/** The longest line is a piece of 64 KiB. */
const MAX_MARK = 64;
const MAX_TIME = 40;

const mark = z.string().check(z.regex(/^[!-~]+$/, 'must be visible ASCII'), z.maxLength(MAX_MARK));
const said = z.iso
  .datetime({ message: 'must be a time such as `2026-01-31T12:00:00Z`' })
  .check(z.maxLength(MAX_TIME));

const segment = z
  .strictObject({
    after: optional(mark, 'The `mark` of the line before it; absent at the beginning.'),
    mark: described(mark, 'The position of its end in the output of the task, in the terms of the runner.'),
    at: described(said, 'When its first line was written.'),
    lines: described(z.int().check(z.minimum(1), z.maximum(MAX_SEGMENT_BYTES)), 'How many lines it has.'),
    size: described(z.int().check(z.minimum(1), z.maximum(MAX_SEGMENT_BYTES)), 'Bytes.'),
    text: optional(
      z.string().check(
        wellFormed,
        z.refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, `has at most ${MAX_TEXT_BYTES} bytes`),
      ),
      { description: 'It itself, where it is small.', bounds: `up to ${MAX_TEXT_BYTES} bytes` },
    ),
    checksum: optional(
      z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/, 'must be `sha256:` and 64 hexadecimal digits')),
      'That of the bytes that are to be sent.',
    ) as unknown as z.ZodMiniOptional<z.ZodMiniType<Checksum, Checksum>>,
  })
  .check(
    z.refine(({ text, checksum }) => (text === undefined) !== (checksum === undefined), {
      path: ['text'],
      message: 'is required unless there is a `checksum`, and only then',
    }),
    z.refine(({ text, size }) => text === undefined || Buffer.byteLength(text) === size, {
      path: ['size'],
      message: 'must be the size of `text` in bytes',
    }),
  );

/** A segment that a runner adds to a stream. */
export const outputRequest = z.strictObject({
  stream: described(streamName, 'Which stream it is.'),
  since: optional(
    said,
    'The `createdAt` of the composition that the attempt is of, where it is known: attempts of another are refused.',
  ),
  segment: optional(
    segment,
    'Whole lines, each `<time> <text>` and a line end; without it, it is asked where the output ends.',
  ),
});

/** The present end of a stream. */
export const outputEnd = z.object({
  mark: optional(mark, 'The `mark` of the last line that is kept; absent if there is none.'),
  cut: optional(z.literal(true), 'That the output has all that its log takes: nothing more of it is kept.'),
  request: optional(signedRequest, 'The signed request that sends the bytes of the segment.'),
});
export type OutputEnd = Shown<typeof outputEnd>;

/** A part of a task's output. */
const outputSegment = z.object({
  stream: described(streamName, 'Which stream it is of.'),
  at: described(time, 'When its first line was written.'),
  lines: described(z.int(), 'How many lines it has.'),
  size: described(z.int(), 'Bytes.'),
  text: optional(z.string(), 'Its lines, each `<time> <text>` and a line end.'),
  url: optional(url, 'A URL of the bytes, valid for five minutes.'),
});
export type OutputSegment = Shown<typeof outputSegment>;

export const outputPage = z.object({
  items: described(z.array(outputSegment), 'Those of a stream in their order.'),
  after: described(opaque, 'The place to continue from; always present, since more may follow.'),
  ended: optional(z.literal(true), 'That the attempt has ended and all that is kept of it was read.'),
});
export type OutputPage = Shown<typeof outputPage>;
