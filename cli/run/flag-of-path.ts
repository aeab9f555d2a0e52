import { ProblemError } from '../../client/problem-error.ts';
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
    const places = error.problem[name] as readonly { readonly path: string }[] | undefined;
    return places && { [name]: places.map((one) => ({ ...one, path: flagOf(one.path, flags) })) };
  };
  return new ProblemError({ ...error.problem, ...renamed('issues'), ...renamed('reasons') });
};
