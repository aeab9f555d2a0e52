import { boundInWords } from '../../client/bound-in-words.ts';
import { ProblemError } from '../../client/problem-error.ts';
import { CPU_PERIOD } from '../../lib/element/cpu-period.ts';
import type { Issue } from '../../lib/errors.ts';
import type { RunFlags } from './run-flags.ts';

type Flags = RunFlags & { readonly volume?: readonly string[]; readonly name?: string };

/** The flag for a place of the request, and the index of its value. */
const PLACES: readonly (readonly [RegExp, string, keyof Flags | undefined])[] = [
  [/^executorId/, '--name', 'name'],
  [/spec\.network\.mode/, '--network', 'network'],
  [/spec\.network\.ports/, '--publish', 'publish'],
  [/^path$|^members\[\d+\]\.mount/, '--volume', 'volume'],
  [/process\.entrypoint/, '--entrypoint', 'entrypoint'],
  [/process\.args/, 'the command', undefined],
  [/process\.env/, '--env', undefined],
  [/process\.cwd/, '--workdir', 'workdir'],
  [/process\.user/, '--user', 'user'],
  [/process\.terminal/, '--tty', undefined],
  [/\binteraction\b/, '--interactive', undefined],
  [/resources\.memory/, '--memory', 'memory'],
  [/resources\.cpu/, '--cpus', 'cpus'],
  [/\bdeadlines\b/, '--timeout', 'timeout'],
  [/\brestart\b/, '--restart', 'restart'],
  [/\bsecrets\[/, '--secret', 'secret'],
];

const UNITS = ['t', 'g', 'm', 'k'];

/** Bytes as `--memory` takes them: `4m`. */
const sizeInWords = (bytes: number): string => {
  const power = UNITS.findIndex((_, at) => bytes % 1024 ** (UNITS.length - at) === 0);
  return power < 0 ? `${bytes}` : `${bytes / 1024 ** (UNITS.length - power)}${UNITS[power]}`;
};

/** The numbers of bounds as their flags take them. */
const IN_FLAGS: readonly (readonly [RegExp, (bound: number) => string])[] = [
  [/resources\.memory/, sizeInWords],
  [/resources\.cpu\.quota/, (quota) => `${quota / CPU_PERIOD}`],
  [/\bdeadlines\b/, (seconds) => `${seconds}s`],
];

/** A message of the service about the value of a flag. */
const messageFor = (path: string, message: string): string => {
  const [, inFlag] = IN_FLAGS.find(([place]) => place.test(path)) ?? [];
  const bound = boundInWords(message, inFlag);
  return bound === undefined ? message : `has to ${bound}`;
};

/** The flag and value for a place of the request; the place itself if no flag sets it. */
const flagOf = (path: string, flags: Flags): string => {
  const [, flag = path, name] = PLACES.find(([place]) => place.test(path)) ?? [];
  const given = name && flags[name];
  const said = Array.isArray(given) && given.length === 1 ? given[0] : given;
  return typeof said === 'string' ? `${flag} ${said}` : flag;
};

/** A refusal that names flags, where the service names places of the request. */
export const namingFlags = (error: unknown, flags: Flags): unknown => {
  if (!(error instanceof ProblemError)) return error;
  const renamed = (name: 'issues' | 'reasons') => {
    const places = error.problem[name] as readonly Issue[] | undefined;
    const named = ({ path, message }: Issue) => ({
      path: flagOf(path, flags),
      message: messageFor(path, message),
    });
    return places && { [name]: places.map(named) };
  };
  return new ProblemError({ ...error.problem, ...renamed('issues'), ...renamed('reasons') });
};
