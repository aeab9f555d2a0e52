import { UsageError } from '../usage-error.ts';

interface Variable {
  readonly name: string;
  readonly value: string;
}

type Surroundings = Readonly<Record<string, string | undefined>>;

/** `NAME=value`, or `NAME` for the value in this environment; undefined if it has none. */
const variableOf = (text: string, surroundings: Surroundings, where: string): Variable | undefined => {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (name === '' || /\s/.test(name))
    throw new UsageError(`${where}: ${JSON.stringify(text)} is not <name>=<value>`);
  const value = at < 0 ? surroundings[name] : text.slice(at + 1);
  return value === undefined ? undefined : { name, value };
};

const isVariable = (found: Variable | undefined): found is Variable => found !== undefined;

/**
 * A file of variables, as `docker run --env-file` reads it: one in each line, `#` at the beginning of a line for a comment, values
 * verbatim, including quotes. Throws `UsageError` with the number of the line.
 */
export const parseEnvFile = (path: string, text: string, surroundings: Surroundings): Variable[] =>
  text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, at) => ({ line: line.trimStart(), at: at + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, at }) => variableOf(line, surroundings, `${path}, line ${at}`))
    .filter(isVariable);

/** The variables of `--env`. Throws `UsageError`. */
export const parseEnv = (texts: readonly string[], surroundings: Surroundings): Variable[] =>
  texts.map((text) => variableOf(text, surroundings, '--env')).filter(isVariable);

/** Each name once, with its last value. */
export const lastOfEach = (variables: readonly Variable[]): Variable[] => [
  ...new Map(variables.map((variable) => [variable.name, variable])).values(),
];
