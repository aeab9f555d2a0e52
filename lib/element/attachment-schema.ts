import * as z from 'zod/mini';
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
  '`attached`: it is bound. `saving`: it was unbound, and what was written is on its engine. `verifying`: that was uploaded, and is being read.',
);
export const attachment = described(
  text(100),
  'The ID of the attachment: it stays the same until what was written is saved or given up.',
);
export const round = described(
  z.int().check(z.minimum(1)),
  '1 at the bind, one more each time that the same executor binds again before all is saved.',
);
export const engine = described(text(256), 'The ID of the engine that has the writes.');

/** The reason why the writes could not be saved yet. */
export const saveProblem = z.looseObject({
  code: described(
    z.string().check(z.regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be words of letters and digits, with hyphens')),
    'Which problem it is: one of the API, or one that the engine names.',
  ),
  detail: described(text(4096), 'The problem, and the way out.'),
});
const problem = 'Why it could not be saved the last time that it was tried.';

/** A member that was unbound, and whose writes are not saved yet. */
export const saving = z.object({
  attachment,
  round,
  since: described(time, 'When it was unbound.'),
  engine,
  problem: optional(saveProblem, problem),
});

/** How the last attachment of a member ended. */
export const settled = z.object({
  attachment,
  outcome: described(
    z.enum(['saved', 'unchanged', 'discarded', 'released']),
    'What became of what was written. `saved`: it is the data of the volume. `unchanged`: nothing was. `discarded`: it was given up with the unbind. `released`: an administrator gave it up.',
  ),
  at: described(time, 'When.'),
  checksum: optional(checksum, 'The checksum of the saved data.'),
});

export type SettledJson = Shown<typeof settled>;

/** The executor that has a volume for writing, and the progress of the save. */
export const shownAttachment = z.object({
  attachment: z.optional(attachment),
  executorId: optional(
    executorId,
    'The executor that has it; absent for callers who may not read that executor.',
  ),
  hidden: optional(z.literal(true), 'That the executor is not shown.'),
  state: attachmentState,
  round: z.optional(round),
  at: optional(time, 'When it came to this state.'),
  base: optional(checksum, 'The checksum of the data when it was attached; absent if there was none.'),
  engine: z.optional(engine),
  problem: optional(saveProblem, problem),
  upload: optional(
    upload,
    'How what was written is sent, while that is awaited; shown to who may `execute` on the executor.',
  ),
});
export type AttachmentJson = Shown<typeof shownAttachment>;
