import * as z from 'zod/mini';
import { described } from '../../facts.ts';
import { integer, list, notAbove, uniqueBy } from './value.ts';

/** All of setrlimit(2). */
export const rlimitTypes = [
  'RLIMIT_AS',
  'RLIMIT_CORE',
  'RLIMIT_CPU',
  'RLIMIT_DATA',
  'RLIMIT_FSIZE',
  'RLIMIT_LOCKS',
  'RLIMIT_MEMLOCK',
  'RLIMIT_MSGQUEUE',
  'RLIMIT_NICE',
  'RLIMIT_NOFILE',
  'RLIMIT_NPROC',
  'RLIMIT_RSS',
  'RLIMIT_RTPRIO',
  'RLIMIT_RTTIME',
  'RLIMIT_SIGPENDING',
  'RLIMIT_STACK',
] as const;

const amount = () => integer(0, Number.MAX_SAFE_INTEGER);

const rlimit = z
  .strictObject({
    type: described(z.enum(rlimitTypes, 'must be a limit of setrlimit(2), such as `RLIMIT_NOFILE`'), {
      description: 'The type of the limit.',
      source: 'OCI config.md, POSIX process; setrlimit(2)',
      bounds: 'one of the [resource limits](#resource-limits)',
    }),
    soft: described(amount(), {
      description: 'The limit that applies, in the unit of its type. The process may raise it up to `hard`.',
      source: 'setrlimit(2); the bound is the largest exact integer of JSON, RFC 7493',
      bounds: 'not above `hard`',
    }),
    hard: described(amount(), {
      description: 'The highest value to which an unprivileged process may raise `soft`.',
      source: 'setrlimit(2); the bound is the largest exact integer of JSON, RFC 7493',
    }),
  })
  .check(notAbove('soft', 'hard'));

export const rlimits = list(rlimit, rlimitTypes.length).check(
  uniqueBy(({ type }) => type, 'names a limit twice'),
);
