import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { integer, list } from './value.ts';

/** The highest number of a user or group: the one above it means "unchanged" to chown(2) and setreuid(2). */
const MAX_ID = 2 ** 32 - 2;

/** Either numbers, or a name that the root filesystem resolves. */
export const user = z
  .strictObject({
    uid: optional(integer(0, MAX_ID), {
      description: 'Number of the user.',
      source: 'OCI config.md, User; the highest number is kept back by chown(2)',
    }),
    gid: optional(integer(0, MAX_ID), {
      description: 'Number of the primary group.',
      source: 'OCI config.md, User; the highest number is kept back by chown(2)',
    }),
    umask: optional(integer(0, 0o777), {
      description: 'Permissions that new files do not get; 18 is `0022` in octal.',
      source: 'OCI config.md, User; umask(2); the default is that of containerd',
    }),
    additionalGids: optional(list(integer(0, MAX_ID), 64), {
      description: 'Numbers of further groups.',
      source: 'OCI config.md, User; credentials(7) allows 65,536',
    }),
    username: optional(
      z
        .string()
        .check(
          z.maxLength(32),
          z.regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'must be a user name as useradd(8) takes it'),
        ),
      {
        description: 'Name of the user, which `/etc/passwd` in the root filesystem knows. It stands alone.',
        source: 'OCI config.md, User; useradd(8)',
        bounds: 'a letter or `_`, then letters, digits and `_.-`, perhaps a `$` at the end',
        absent: 'the numbers hold',
      },
    ),
  })
  .check(
    z.refine(({ username, ...numbers }) => username === undefined || Object.keys(numbers).length === 0, {
      path: ['username'],
      message: 'stands alone: a user is {"uid", "gid", "umask", "additionalGids"} or {"username"}',
    }),
  );
