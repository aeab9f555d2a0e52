import * as z from 'zod/mini';
import { described, optional } from '../../facts.ts';
import { wellFormed } from '../../validation.ts';
import { integer, list, uniqueBy } from './value.ts';

/**
 * A path below `/` whose steps are names; not in the kernel's own file systems, and not the directory of the
 * devices.
 */
const BELOW_ROOT = /^(?!\/(proc|sys)(\/|$)|\/dev$)(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/;

const one = z.strictObject({
  path: described(
    z
      .string()
      .check(
        z.maxLength(4095),
        wellFormed,
        z.regex(
          BELOW_ROOT,
          'must be below `/`, without `.` and `..`, and not `/proc`, `/sys`, what is below them, or `/dev`',
        ),
      ),
    {
      description:
        'The path of the directory in the task. Programs cannot run from it (`noexec,nosuid,nodev`).',
      source: 'Docker Engine API, HostConfig, Tmpfs; OCI config.md, Mounts',
      bounds: 'absolute, below `/`, without `.` and `..`; not `/proc`, `/sys`, what is below them, or `/dev`',
    },
  ),
  size: optional(integer(4096, 2 ** 50), {
    description:
      'The size of the directory in bytes, rounded to whole pages. Its content counts as memory of the task.',
    source: 'tmpfs(5)',
    absent: 'half of the memory of the machine',
  }),
  mode: optional(integer(0, 0o7777), {
    description: 'The permissions of the directory as a decimal number. 1023 is `1777` in octal.',
    source: 'tmpfs(5), and its default',
    absent: '`1023`',
  }),
});

/** Directories of a task in memory: empty at the beginning of each attempt, and removed after it. */
export const tmpfs = list(one, 16).check(uniqueBy(({ path }) => path, 'names a path twice'));
