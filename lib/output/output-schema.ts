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
    after: optional(
      mark,
      'The `mark` of the line before the segment. Absent if the segment begins the stream.',
    ),
    mark: described(
      mark,
      'The position of the segment’s end in the output of the task, in the terms of the runner.',
    ),
    at: described(said, 'The time at which the first line was written.'),
    lines: described(
      z.int().check(z.minimum(1), z.maximum(MAX_SEGMENT_BYTES)),
      'The number of lines in the segment.',
    ),
    size: described(
      z.int().check(z.minimum(1), z.maximum(MAX_SEGMENT_BYTES)),
      'The size of the segment in bytes.',
    ),
    text: optional(
      z.string().check(
        wellFormed,
        z.refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, `has at most ${MAX_TEXT_BYTES} bytes`),
      ),
      { description: 'The lines of a small segment.', bounds: `up to ${MAX_TEXT_BYTES} bytes` },
    ),
    checksum: optional(
      z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/, 'must be `sha256:` and 64 hexadecimal digits')),
      'The checksum of the bytes that the runner then uploads.',
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
  stream: described(streamName, 'The stream to which the runner writes.'),
  since: optional(
    said,
    'The `createdAt` of the composition to which the attempt belongs, if the runner knows it. The service refuses an attempt of another composition.',
  ),
  segment: optional(
    segment,
    'Whole lines, each `<time> <text>` and a line end. Without a segment, the request only asks where the output ends.',
  ),
});

/** The present end of a stream. */
export const outputEnd = z.object({
  mark: optional(mark, 'The `mark` of the last line that the service keeps. Absent if it keeps none.'),
  cut: optional(
    z.literal(true),
    'Whether the output has reached the limit of its log, so that the service keeps nothing more of it. Absent if not.',
  ),
  request: optional(signedRequest, 'The signed request that sends the bytes of the segment.'),
});
export type OutputEnd = Shown<typeof outputEnd>;

/** A part of a task's output. */
const outputSegment = z.object({
  stream: described(streamName, 'The stream of the segment.'),
  at: described(time, 'The time at which the first line was written.'),
  lines: described(z.int(), 'The number of lines in the segment.'),
  size: described(z.int(), 'The size of the segment in bytes.'),
  text: optional(z.string(), 'The lines, each `<time> <text>` and a line end. Absent if `url` has them.'),
  url: optional(url, 'The URL of the bytes, valid for five minutes. Absent if `text` has them.'),
});
export type OutputSegment = Shown<typeof outputSegment>;

export const outputPage = z.object({
  items: described(z.array(outputSegment), 'The segments. Those of one stream are in their order.'),
  after: described(opaque, 'The place to continue from; always present, since more may follow.'),
  ended: optional(
    z.literal(true),
    'Whether the attempt has ended and the caller has read all that the service keeps of it. Absent if not.',
  ),
});
export type OutputPage = Shown<typeof outputPage>;
