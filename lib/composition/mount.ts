import { posix } from 'node:path';
import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { described } from '../facts.ts';
import { wellFormed } from '../validation.ts';
import type { Mount } from './composition.ts';
import { mount } from './run-schema.ts';

/** Characters of a path (Linux, PATH_MAX less the closing NUL). */
const MAX_PATH = 4095;

/** Removes `.`, empty segments and a slash at the end. */
const normalise = (path: string): string => {
  const normal = posix.normalize(path).replace(/^\/+/, '/');
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
};

/** The kernel's own file systems cannot be replaced by storage, nor can the directory of the devices. */
const isKernels = (path: string): boolean => /^\/(proc|sys)(\/|$)|^\/dev$/.test(normalise(path));

/**
 * A path in the container as callers may write it: absolute, and without `..`, whose meaning could depend on
 * links.
 */
const mountPath = z.string().check(
  z.maxLength(MAX_PATH),
  wellFormed,
  z.refine((path) => path.startsWith('/') && !path.includes('\0'), 'must be an absolute path'),
  z.refine((path) => !path.split('/').includes('..'), 'must not climb by `..`'),
  z.refine((path) => !isKernels(path), 'must not be `/proc`, `/sys`, what is below them, or `/dev`'),
);

/** The mount of storage; by default `readOnly` is false and `persistent` is true. */
export const mountRequest = z.strictObject({
  path: described(
    mountPath,
    'The absolute path in the container, without `..`. An image at `/` is the root filesystem. `/proc`, `/sys`, the paths below them, and `/dev` are not allowed.',
  ),
  readOnly: z._default(mount.shape.readOnly, false),
  persistent: z._default(
    described(
      z.boolean(),
      'Whether the volume is kept. If false, the executor has the volume exclusively, and the service deletes the volume when it leaves.',
    ),
    true,
  ),
  save: mount.shape.save,
});

/** The mount with its path normalised. */
export const toMount = ({ path, ...rest }: z.infer<typeof mountRequest>): Mount =>
  defined({ path: normalise(path), ...rest });
