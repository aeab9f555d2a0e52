import * as z from 'zod/mini';
import { MAX_WORDS } from '../engine-words.ts';
import { described, optional } from '../facts.ts';
import { time } from '../formats.ts';
import type { Shown } from '../shown.ts';
import { wellFormed } from '../validation.ts';
import { checksum } from './element-schema.ts';
import { executorId } from './id-schema.ts';
import { upload } from './upload/upload-schema.ts';

const text = (longest: number) => z.string().check(z.minLength(1), z.maxLength(longest), wellFormed);

/** The state of a volume that is attached for writing. */
export const attachmentState = described(
  z.enum(['attached', 'saving', 'verifying']),
  'The state of the attachment. `attached`: the volume is bound. `saving`: the volume is unbound, and its engine has the writes. `verifying`: the engine has uploaded the writes, and the service reads them.',
);
export const attachment = described(
  text(100),
  'The ID of the attachment. It stays the same until the writes are saved or discarded.',
);
export const round = described(
  z.int().check(z.minimum(1)),
  'The number of the bind within the attachment: 1 at the first bind, and one more at each bind by the same executor before all writes are saved.',
);
export const engine = described(text(256), 'The ID of the engine that has the writes.');

/** The reason why the writes could not be saved yet. */
export const saveProblem = z.looseObject({
  code: described(
    z.string().check(z.regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be words of letters and digits, with hyphens')),
    'The code of the problem: a problem of the API, or a code of the engine.',
  ),
  detail: described(text(MAX_WORDS), 'The explanation of the problem and the way out, for people.'),
});
const problem = 'The reason why the last attempt to save the writes failed. Absent if none has failed.';

/** A member that was unbound, and whose writes are not saved yet. */
export const saving = z.object({
  attachment,
  round,
  since: described(time, 'The time of the unbind.'),
  engine,
  problem: optional(saveProblem, problem),
});

/** How the last attachment of a member ended. */
export const settled = z.object({
  attachment,
  outcome: described(
    z.enum(['saved', 'unchanged', 'discarded', 'released']),
    'The outcome of the writes. `saved`: they are the data of the volume. `unchanged`: the tasks wrote nothing. `discarded`: the unbind discarded them. `released`: an administrator discarded them.',
  ),
  at: described(time, 'The time at which the attachment ended.'),
  checksum: optional(checksum, 'The checksum of the saved data. Absent if nothing was saved.'),
});

export type SettledJson = Shown<typeof settled>;

/** The executor that has a volume for writing, and the progress of the save. */
export const shownAttachment = z.object({
  attachment: z.optional(attachment),
  executorId: optional(
    executorId,
    'The ID of the executor to which the volume is attached. Absent if the caller may not read that executor.',
  ),
  hidden: optional(z.literal(true), 'Whether the executor is hidden from the caller. Absent if it is not.'),
  state: attachmentState,
  round: z.optional(round),
  at: optional(time, 'The time at which the attachment came to this state.'),
  base: optional(
    checksum,
    'The checksum of the volume’s data at the bind. Absent if the volume had no data.',
  ),
  engine: z.optional(engine),
  problem: optional(saveProblem, problem),
  upload: optional(
    upload,
    'The signed requests that send the writes. Absent if the service does not wait for them, and for callers who may not `execute` on the executor.',
  ),
});
export type AttachmentJson = Shown<typeof shownAttachment>;
