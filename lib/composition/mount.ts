import * as z from 'zod/mini';
import { mountPath, normalise } from '../element/task-spec/mount-path.ts';
import { described } from '../facts.ts';
import type { Mount } from './composition.ts';
import { mount } from './run-schema.ts';

/** Where storage is to appear: `readOnly` false and `persistent` true unless it says otherwise. */
export const mountRequest = z.strictObject({
  path: described(
    mountPath,
    'Absolute, without `..`. An image at `/` is the root filesystem. Not `/proc`, `/sys`, what is below them, or `/dev`.',
  ),
  readOnly: z._default(mount.shape.readOnly, false),
  persistent: z._default(
    described(
      z.boolean(),
      'Whether a volume is kept; otherwise the executor has it to itself, and it is deleted when it leaves.',
    ),
    true,
  ),
});

/** The mount with its path normalised. */
export const toMount = ({ path, ...rest }: z.infer<typeof mountRequest>): Mount => ({
  path: normalise(path),
  ...rest,
});
