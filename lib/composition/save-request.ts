import * as z from 'zod/mini';
import { attachment, engine, round, saveProblem } from '../element/attachment-schema.ts';
import { dataSize } from '../element/element-request.ts';
import { givenChecksum } from '../element/element-schema.ts';
import { completion } from '../element/upload/complete-upload.ts';
import { optional } from '../facts.ts';

/** The fields of every call by an engine. */
const named = { attachment, round };

/** The claim of an engine that is about to start a task which writes. */
export const attachmentClaim = z.strictObject({
  attachment,
  engine,
  epoch: optional(
    z.int().check(z.minimum(1)),
    'The epoch of the lease, where a runner asks: an older one is refused.',
  ),
});

/** The report of an engine on the writes to a volume. */
export const saveRequest = z
  .strictObject({
    ...named,
    engine,
    unchanged: optional(z.literal(true), 'Nothing was changed since the volume was attached.'),
    size: optional(dataSize, 'Bytes of the archive of all that the volume holds.'),
    checksum: optional(givenChecksum, 'Of the archive: `sha256:` or `sha512:` and hexadecimal digits.'),
    problem: optional(saveProblem, 'Why it cannot be saved now.'),
  })
  .check(
    z.refine(({ size, checksum: sum }) => (size === undefined) === (sum === undefined), {
      path: ['checksum'],
      message: 'is required with `size`, and only then',
    }),
    z.refine(
      ({ unchanged, size, problem: failed }) =>
        [unchanged, size, failed].filter((said) => said !== undefined).length === 1,
      {
        path: ['unchanged'],
        message: 'must be alone: send this, `size` with `checksum`, or `problem`',
      },
    ),
  );

/** The engine has sent the whole archive. */
export const saveCompletion = z.strictObject({ ...named, ...completion.shape });
