import { ProblemError } from '../../client/problem-error.ts';
import type { RunFlags } from './run-flags.ts';

type Flags = RunFlags & { readonly volume?: readonly string[]; readonly name?: string };

/** Which flag says what is at a place of the request, and which of its values. */
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

/** The flag at whose value a place of the request is, with the value where it is one; the place where no flag says it. */
const flagOf = (path: string, flags: Flags): string => {
  const [, flag = path, name] = PLACES.find(([place]) => place.test(path)) ?? [];
  const given = name && flags[name];
  const said = Array.isArray(given) && given.length === 1 ? given[0] : given;
  return typeof said === 'string' ? `${flag} ${said}` : flag;
};

/** A refusal in the words of who typed it: it names flags, where the service names places of a request. */
export const namingFlags = (error: unknown, flags: Flags): unknown => {
  if (!(error instanceof ProblemError)) return error;
  const renamed = (name: 'issues' | 'reasons') => {
    const places = error.problem[name] as readonly { readonly path: string }[] | undefined;
    return places && { [name]: places.map((one) => ({ ...one, path: flagOf(one.path, flags) })) };
  };
  return new ProblemError({ ...error.problem, ...renamed('issues'), ...renamed('reasons') });
};
