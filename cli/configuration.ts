import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Where Taskport is, and how it is told who calls. No secrets: credentials and tokens come from the environment. */
export interface Configuration {
  readonly url: string;
  /** `iam`: requests are signed. `jwt`: a token is sent. */
  readonly auth: 'iam' | 'jwt' | 'none';
  /** Where requests are signed for. */
  readonly region?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The file of the user (XDG Base Directory Specification). */
export const configurationFile = ({ XDG_CONFIG_HOME, HOME }: Environment): string =>
  join(XDG_CONFIG_HOME || join(HOME ?? '', '.config'), 'taskport/config.json');

/** What was configured; undefined where nothing was. Throws `UsageError` for what cannot be read. */
export const readConfiguration = async (env: Environment): Promise<Configuration | undefined> => {
  const file = configurationFile(env);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Configuration;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
};

/** Keeps it for every command to come. Answers the file. */
export const writeConfiguration = async (env: Environment, configuration: Configuration): Promise<string> => {
  const file = configurationFile(env);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(configuration, undefined, 2)}\n`);
  return file;
};
