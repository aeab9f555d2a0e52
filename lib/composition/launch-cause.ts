/** Why a task was not started: in plain words, and in the engine's words. */
interface LaunchCause {
  readonly words: string;
  /** The engine's message, if `words` differs. */
  readonly engine?: string;
}

/** Messages of Docker, Podman and registries, and their meaning; the groups match the program or the registry. */
const MEANINGS: readonly (readonly [said: RegExp, words: (named: string) => string])[] = [
  [
    /(?:exec: (?:"((?:[^"\\]|\\.)+)"|([^":]+)): (?:executable file not found|(?:stat .+?: )?no such file)|stat (\S+): no such file|executable file `([^`]+)` not found)/,
    (named) => {
      const program = named.replaceAll(/\\(["\\])/g, '$1');
      const inShell = `sh -c '${program.replaceAll("'", "'\\''")}`;
      const missing = `the program ${program} is not in the image.`;
      if (/\s/.test(program))
        return `${missing} Its name has a blank: leave out the quotes, or write ${inShell}'.`;
      if (program.includes('/')) return `${missing} Check its path.`;
      return `${missing} Check its name. Shell syntax needs a shell: ${inShell} …'.`;
    },
  ],
  [
    /exec: "?([^":]+)"?: (?:\S+ )?permission denied|open executable: permission denied/i,
    (program) =>
      `the program${program === '' ? '' : ` ${program}`} is in the image, but the task may not execute it. Check the mode of the file, and that it is a program.`,
  ],
  [
    /exec format error/i,
    () =>
      'the program is for another kind of processor than the machine has, or is a script without its first line (#!).',
  ],
  [
    /lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|.*i\/o timeout)|no such host/,
    (host) =>
      `the machine cannot find the registry${host === '' ? '' : ` ${host}`}. Check the image's name, and that the machine is online.`,
  ],
  [
    /pull access denied|is not pulled: .*\bdenied|unauthorized|authentication required/is,
    () =>
      "the registry refuses the image. Check the image's name; if the image is private, log the engine in (`docker login`, `podman login`).",
  ],
  [
    /manifest unknown|manifest for .* not found|pull.*not found|no such image/is,
    () => 'the registry has no image of this name and tag. Check both.',
  ],
  [
    /Get "https?:\/\/([^/"]+)[^"]*": |pinging container registry (\S+):/,
    (host) =>
      `the registry ${host} does not answer. Check the image's name, and that the machine can reach ${host}.`,
  ],
];

/** The meaning of an engine's message about a failed start. */
export const launchCauseOf = (said: string): LaunchCause => {
  const engine = said.trim();
  for (const [pattern, words] of MEANINGS) {
    const [found, ...named] = pattern.exec(engine) ?? [];
    if (found !== undefined) return { words: words(named.find(Boolean) ?? ''), engine };
  }
  return { words: engine };
};
