/** Why something could not be started, for people: in plain words, and as the engine said it. */
interface Cause {
  readonly words: string;
  /** What the engine said, where the words say it otherwise. */
  readonly engine?: string;
}

/** What engines say, and what is meant; the parentheses hold the program, or the registry. */
const MEANINGS: readonly (readonly [said: RegExp, words: (named: string) => string])[] = [
  [
    /(?:exec: "?([^":]+)"?: (?:executable file not found|(?:stat \S+: )?no such file)|stat (\S+): no such file|executable file `([^`]+)` not found)/,
    (program) =>
      `The program ${program} is not in the image. A command of a shell needs one: sh -c '${program} …'.`,
  ],
  [
    /exec: "?([^":]+)"?: (?:\S+ )?permission denied/,
    (program) => `The program ${program} is in the image, but may not be executed: it is no program.`,
  ],
  [
    /exec format error/,
    () => 'The program is of another kind of processor than the machine, or a script without its first line.',
  ],
  [
    /lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|.*i\/o timeout)|no such host/,
    (host) =>
      `The image cannot be pulled: the machine does not find the registry${host === '' ? '' : ` ${host}`}. Is it online, and the name right?`,
  ],
  [
    /pull access denied|denied|unauthorized|authentication required/,
    () =>
      'The image cannot be pulled: the registry refuses it. There is no such image, or the engine has to log in: `docker login`.',
  ],
  [
    /manifest unknown|manifest for .* not found|pull.*not found|no such image/is,
    () => 'The image cannot be pulled: the registry has no image of this name and tag.',
  ],
];

/** What is meant by why something could not be started. */
export const causeOf = (said: string): Cause => {
  const engine = said.trim();
  for (const [pattern, words] of MEANINGS) {
    const [found, ...named] = pattern.exec(engine) ?? [];
    if (found !== undefined) return { words: words(named.find(Boolean) ?? ''), engine };
  }
  return { words: engine };
};

/** What exit codes mean by which shells and engines say that there was nothing to run. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  126: 'a command was found, but cannot be executed',
  127: 'a command was not found in the image',
};
