import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { integer, list } from './value.ts';

/** The highest number of a user or group: the one above it means "unchanged" to chown(2) and setreuid(2). */
const MAX_ID = 2 ** 32 - 2;

const accountName = () =>
  z
    .string()
    .check(
      z.maxLength(32),
      z.regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'must be a name as useradd(8) and groupadd(8) take it'),
    );
const NAME = 'a letter or `_`, then letters, digits and `_.-`, perhaps a `$` at the end';

/** At most one of both: a number and a name could contradict each other. */
const eitherOf = <K extends string>(name: K, number: K) =>
  z.refine<{ readonly [N in K]?: unknown }>(
    ({ [name]: byName, [number]: byNumber }) => byName === undefined || byNumber === undefined,
    { path: [name], message: `must not stand beside \`${number}\`: it is one or the other` },
  );
const eachOnce = [eitherOf('username', 'uid'), eitherOf('groupname', 'gid')] as const;

/** User and group, each by its number or by a name that the root filesystem resolves. */
const who = {
  uid: optional(integer(0, MAX_ID), {
    title: 'User ID',
    description: 'The number of the user.',
    source: 'OCI config.md, User; the highest number is kept back by chown(2)',
  }),
  gid: optional(integer(0, MAX_ID), {
    title: 'Group ID',
    description: 'The number of the primary group.',
    source: 'OCI config.md, User; the highest number is kept back by chown(2)',
  }),
  username: optional(accountName(), {
    title: 'User name',
    description: 'The name of the user in `/etc/passwd` of the root filesystem. It excludes `uid`.',
    source: 'OCI image config.md, User; useradd(8)',
    bounds: NAME,
    absent: 'the number applies',
  }),
  groupname: optional(accountName(), {
    title: 'Group name',
    description: 'The name of the primary group in `/etc/group` of the root filesystem. It excludes `gid`.',
    source: 'OCI image config.md, User; groupadd(8)',
    bounds: NAME,
    absent: 'the number applies',
  }),
};

export const user = z
  .strictObject({
    uid: who.uid,
    gid: who.gid,
    umask: optional(integer(0, 0o777), {
      description: 'The permissions that new files do not get, as a decimal number. 18 is `0022` in octal.',
      source: 'OCI config.md, User; umask(2); the default is that of containerd',
    }),
    additionalGids: optional(list(integer(0, MAX_ID), 64), {
      title: 'Additional group IDs',
      description: 'The numbers of additional groups.',
      source: 'OCI config.md, User; credentials(7) allows 65,536',
    }),
    username: who.username,
    groupname: who.groupname,
  })
  .check(...eachOnce);

/** The user of an image, with the fields that an OCI image can express. */
export const imageUser = z.strictObject(who).check(
  ...eachOnce,
  z.refine(
    ({ uid, username, gid, groupname }) =>
      uid !== undefined || username !== undefined || (gid === undefined && groupname === undefined),
    { path: ['uid'], message: 'is missing: an image names no group without a user' },
  ),
);
