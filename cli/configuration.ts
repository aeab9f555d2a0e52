import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isObject } from '../lib/is-object.ts';
import { DEFAULT_URL } from './default-url.ts';
import { UsageError } from './usage-error.ts';

/** The address of one Taskport, and how to sign in. No secrets: credentials and tokens come from the environment. */
export interface Context {
  readonly url: string;
  /** `iam` signs requests. `jwt` sends a token. */
  readonly auth: 'iam' | 'jwt' | 'none';
  /** The region for which requests are signed. */
  readonly region?: string;
  /** The location of executors whose name has none. */
  readonly executorLocation?: string;
}

/** The contexts by name, including the built-in one, and the current one, which commands use by default. */
export interface Configuration {
  readonly current: string;
  readonly contexts: ReadonlyMap<string, Context>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The built-in context; `configure` changes it by default, and a file of an earlier version holds only this one. */
export const DEFAULT_CONTEXT = 'default';

/** The Taskport that `npm start` runs on this machine. */
export const BUILT_IN: Context = { url: DEFAULT_URL, auth: 'none' };

/** A name for a context. Throws `UsageError`. */
export const contextNameOf = (text: string): string => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text;
  throw new UsageError(`${text} is no name of a context: letters, digits, dots, hyphens and underscores`);
};

/** The user's configuration file (XDG Base Directory Specification). */
const configurationFile = ({ XDG_CONFIG_HOME, HOME }: Environment): string =>
  join(XDG_CONFIG_HOME || join(HOME ?? '', '.config'), 'taskport/config.json');

const isContext = (value: unknown): value is Context => isObject(value) && typeof value.url === 'string';

/** The configuration in a file. A file of an earlier version holds one context. */
const parse = (text: string): Configuration => {
  const held: unknown = JSON.parse(text);
  if (isContext(held)) return { current: DEFAULT_CONTEXT, contexts: new Map([[DEFAULT_CONTEXT, held]]) };
  if (!isObject(held) || !isObject(held.contexts)) throw new Error('it holds no contexts');
  const contexts = new Map<string, Context>();
  for (const [name, context] of Object.entries(held.contexts)) {
    if (!isContext(context)) throw new Error(`the context ${name} has no URL`);
    contexts.set(name, context);
  }
  if (!contexts.has(DEFAULT_CONTEXT)) contexts.set(DEFAULT_CONTEXT, BUILT_IN);
  return { current: typeof held.current === 'string' ? held.current : DEFAULT_CONTEXT, contexts };
};

/** The saved configuration; without a file, the built-in context. Throws `UsageError` for a file that it cannot read. */
export const readConfiguration = async (env: Environment): Promise<Configuration> => {
  const file = configurationFile(env);
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { current: DEFAULT_CONTEXT, contexts: new Map([[DEFAULT_CONTEXT, BUILT_IN]]) };
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
};

/** Saves the configuration for later commands. Answers the path. */
export const writeConfiguration = async (
  env: Environment,
  { current, contexts }: Configuration,
): Promise<string> => {
  const file = configurationFile(env);
  await mkdir(dirname(file), { recursive: true });
  const written = `${file}.${randomUUID().slice(0, 8)}`;
  const made = [...contexts].filter(([, context]) => context !== BUILT_IN);
  const held = { current, contexts: Object.fromEntries(made) };
  await writeFile(written, `${JSON.stringify(held, undefined, 2)}\n`);
  await rename(written, file);
  return file;
};

/** The context of this name. Throws `UsageError` if there is none. */
export const contextOf = ({ contexts }: Configuration, name: string): Context => {
  const context = contexts.get(name);
  if (context) return context;
  throw new UsageError(
    `there is no context ${name}, but ${[...contexts.keys()].join(', ')}; \`context add\` makes one`,
  );
};

/** The context for a command: the named one, else the current one. Throws `UsageError`. */
export const contextInUse = async (
  env: Environment,
  named = env.TASKPORT_CONTEXT || undefined,
): Promise<Context> => {
  const configuration = await readConfiguration(env);
  return contextOf(configuration, named ?? configuration.current);
};
