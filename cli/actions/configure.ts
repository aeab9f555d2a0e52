import { defined } from '../../lib/defined.ts';
import { type Configuration, writeConfiguration } from '../configuration.ts';
import type { Io } from '../io.ts';
import { type SharedOptions, urlOf } from '../session.ts';
import { readStackOutputs } from '../stack-outputs.ts';
import { UsageError } from '../usage-error.ts';

interface Options extends SharedOptions {
  readonly stack?: string;
  readonly region?: string;
  readonly instance?: string;
  readonly auth?: string;
}

const WAYS: readonly string[] = ['iam', 'jwt', 'none'];

const ofUrl = (text: string, { auth = 'none', region }: Options): Configuration => {
  if (!WAYS.includes(auth)) throw new UsageError(`--auth is ${WAYS.join(', ')}`);
  return defined({ url: urlOf(text), auth: auth as Configuration['auth'], region: region || undefined });
};

/** Keeps where Taskport is. Throws `UsageError` where it is not said, or not found, and as `readStackOutputs`. */
export const configure = async (io: Io, options: Options): Promise<void> => {
  const { stack, url, json } = options;
  if ((stack === undefined) === (url === undefined)) throw new UsageError('either --stack or --url');
  const configuration =
    stack === undefined
      ? ofUrl(url ?? '', options)
      : await readStackOutputs(io.env, { ...options, stack }, io.signal);
  const file = await writeConfiguration(io.env, configuration);
  if (json) io.out(`${JSON.stringify(configuration)}\n`);
  else io.out(`${configuration.url}, as ${configuration.auth}; kept in ${file}\n`);
};
