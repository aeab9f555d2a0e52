import { posix } from 'node:path';
import * as z from 'zod/mini';
import { wellFormed } from '../validation.ts';
import type { Mount } from './composition.ts';

/** Bytes of a path (Linux, PATH_MAX). */
const MAX_PATH = 4096;

/** A path in the container as callers may write it: absolute, and without `..`, whose meaning links could change. */
const mountPath = z.string().check(
  z.maxLength(MAX_PATH),
  wellFormed,
  z.refine((path) => path.startsWith('/') && !path.includes('\0'), 'must be an absolute path'),
  z.refine((path) => !path.split('/').includes('..'), 'must not climb by `..`'),
);

/** Where storage is to appear: `readOnly` false and `persistent` true unless it says otherwise. */
export const mountRequest = z.strictObject({
  path: mountPath,
  readOnly: z._default(z.boolean(), false),
  persistent: z._default(z.boolean(), true),
});

/** The mount with its path normalised: without `.`, empty segments and a slash at the end. */
export const toMount = ({ path, ...rest }: z.infer<typeof mountRequest>): Mount => {
  const normal = posix.normalize(path);
  return { path: normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal, ...rest };
};
