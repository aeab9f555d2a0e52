import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isObject } from '../lib/is-object.ts';
import { DEFAULT_URL } from './default-url.ts';
import { UsageError } from './usage-error.ts';

/** Where one Taskport is, and how it is told who calls. No secrets: credentials and tokens come from the environment. */
export interface Context {
  readonly url: string;
  /** `iam`: requests are signed. `jwt`: a token is sent. */
  readonly auth: 'iam' | 'jwt' | 'none';
  /** Where requests are signed for. */
  readonly region?: string;
  /** The location of executors that are named without one. */
  readonly executorLocation?: string;
}

/** The contexts by name, the built-in one among them, and the one that commands use unless they are told otherwise. */
export interface Configuration {
  readonly current: string;
  readonly contexts: ReadonlyMap<string, Context>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The context that is there by itself; that `configure` changes unless it is told another name, and that a file of before holds. */
export const DEFAULT_CONTEXT = 'default';

/** The Taskport of this machine, as `npm start` starts it. */
export const BUILT_IN: Context = { url: DEFAULT_URL, auth: 'none' };

/** A text that may name a context. Throws `UsageError`. */
export const contextNameOf = (text: string): string => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) return text;
  throw new UsageError(`${text} is no name of a context: letters, digits, dots, hyphens and underscores`);
};

/** The file of the user (XDG Base Directory Specification). */
const configurationFile = ({ XDG_CONFIG_HOME, HOME }: Environment): string =>
  join(XDG_CONFIG_HOME || join(HOME ?? '', '.config'), 'taskport/config.json');

const isContext = (value: unknown): value is Context => isObject(value) && typeof value.url === 'string';

/** The configuration that a file holds. One of before is one context. */
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

/** What was configured; the built-in context alone where nothing was. Throws `UsageError` for what cannot be read. */
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

/** Keeps it for every command to come. Answers the file. */
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

/** The context of a name. Throws `UsageError` where there is none. */
export const contextOf = ({ contexts }: Configuration, name: string): Context => {
  const context = contexts.get(name);
  if (context) return context;
  throw new UsageError(
    `there is no context ${name}, but ${[...contexts.keys()].join(', ')}; \`context add\` makes one`,
  );
};

/** The context that a command uses: the one that is named, else the current one. Throws `UsageError`. */
export const contextInUse = async (
  env: Environment,
  named = env.TASKPORT_CONTEXT || undefined,
): Promise<Context> => {
  const configuration = await readConfiguration(env);
  return contextOf(configuration, named ?? configuration.current);
};
