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
    'The epoch of the lease, if the caller is a runner. The service refuses an older epoch.',
  ),
});

/** The report of an engine on the writes to a volume. */
export const saveRequest = z
  .strictObject({
    ...named,
    engine,
    unchanged: optional(z.literal(true), 'Whether the volume is unchanged since it was attached.'),
    size: optional(dataSize, 'The size in bytes of the archive of the whole volume.'),
    checksum: optional(
      givenChecksum,
      'The checksum of the archive: `sha256:` or `sha512:` and hexadecimal digits.',
    ),
    problem: optional(saveProblem, 'The reason why the engine cannot save the volume now.'),
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
