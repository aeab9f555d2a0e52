import { defined } from '../../lib/defined.ts';
import {
  BUILT_IN,
  type Configuration,
  type Context,
  contextNameOf,
  contextOf,
  DEFAULT_CONTEXT,
  readConfiguration,
  writeConfiguration,
} from '../configuration.ts';
import { formatDetails } from '../details.ts';
import type { Io } from '../io.ts';
import { outputOf, writerOf } from '../output.ts';
import { type SharedOptions, urlOf } from '../session.ts';
import { readStackOutputs } from '../stack-outputs.ts';
import { TablePrinter } from '../table.ts';
import { UsageError } from '../usage-error.ts';

export interface ContextOptions extends SharedOptions {
  readonly stack?: string;
  readonly region?: string;
  readonly instance?: string;
  readonly auth?: string;
  readonly executorLocation?: string;
}

const WAYS: readonly string[] = ['iam', 'jwt', 'none'];

const ofUrl = (text: string, { auth = 'none', region }: ContextOptions): Context => {
  if (!WAYS.includes(auth)) throw new UsageError(`--auth must be one of ${WAYS.join(', ')}`);
  return defined({ url: urlOf(text), auth: auth as Context['auth'], region: region || undefined });
};

/** The context for options. Throws `UsageError` if the options name none, or one that does not exist, and the errors of `readStackOutputs`. */
const describe = async (io: Io, options: ContextOptions): Promise<Context> => {
  const { stack, url, executorLocation } = options;
  if ((stack === undefined) === (url === undefined)) throw new UsageError('give either --stack or --url');
  const context =
    stack === undefined
      ? ofUrl(url ?? '', options)
      : await readStackOutputs(io.env, { ...options, stack }, io.signal);
  return { ...context, ...defined({ executorLocation }) };
};

const withContext = (
  { contexts }: Configuration,
  name: string,
  context: Context,
): Configuration['contexts'] => new Map([...contexts, [name, context]]);

/** Prints a thing in the format of the options, or for people. */
const show = async <T>(io: Io, { json, output }: SharedOptions, thing: T, format: (thing: T) => string) => {
  const write = await writerOf(outputOf(output, json ?? false));
  io.out(write ? write(thing) : `${format(thing)}\n`);
};

/** Saves the address of Taskport as the current context. */
export const configure = async (io: Io, options: ContextOptions): Promise<void> => {
  const context = await describe(io, options);
  const former = await readConfiguration(io.env);
  const { TASKPORT_CONTEXT } = io.env;
  const name = contextNameOf(options.context ?? (TASKPORT_CONTEXT || former.current) ?? DEFAULT_CONTEXT);
  const kept = { current: name, contexts: withContext(former, name, context) };
  const file = await writeConfiguration(io.env, kept);
  await show(
    io,
    options,
    { name, ...context },
    () => `${context.url}, as ${context.auth}; kept in ${file} as the context ${name}`,
  );
};

/** Saves the address of another Taskport; with `--use`, makes it the current context. */
export const addContext = async (
  io: Io,
  [text = '']: readonly string[],
  options: ContextOptions & { readonly use?: boolean },
): Promise<void> => {
  const name = contextNameOf(text);
  const former = await readConfiguration(io.env);
  const kept = former.contexts.get(name);
  if (kept !== undefined && kept !== BUILT_IN)
    throw new UsageError(`the context ${name} exists: first remove it by \`context remove ${name}\``);
  const context = await describe(io, options);
  const current = options.use ? name : former.current;
  await writeConfiguration(io.env, { current, contexts: withContext(former, name, context) });
  await show(io, options, { name, ...context }, () =>
    current === name
      ? `${name} is the current context`
      : `${name} is added; \`context use ${name}\` changes to it, and ${current} is the current one`,
  );
  if (options.use) sayOverride(io);
};

/** Reports that environment variables override the current context. */
const sayOverride = ({ env, err }: Pick<Io, 'env' | 'err'>): void => {
  if (env.TASKPORT_URL) err(`commands go to ${env.TASKPORT_URL}: TASKPORT_URL comes before all contexts\n`);
  else if (env.TASKPORT_CONTEXT)
    err(
      `commands go to the context ${env.TASKPORT_CONTEXT}: TASKPORT_CONTEXT comes before the current one\n`,
    );
};

export const useContext = async (
  io: Io,
  [name = '']: readonly string[],
  options: SharedOptions,
): Promise<void> => {
  const former = await readConfiguration(io.env);
  const context = contextOf(former, name);
  await writeConfiguration(io.env, { ...former, current: name });
  await show(io, options, { name, ...context }, () => `${name} is the current context: ${context.url}`);
  sayOverride(io);
};

export const listContexts = async (io: Io, _: readonly string[], options: SharedOptions): Promise<void> => {
  const { current, contexts } = await readConfiguration(io.env);
  const write = await writerOf(outputOf(options.output, options.json ?? false));
  const table = new TablePrinter((line) => io.out(`${line}\n`));
  for (const [name, context] of contexts) {
    const { url, auth, region, executorLocation } = context;
    if (write) io.out(write({ name, current: name === current, ...context }));
    else
      table.add({
        name,
        current: name === current ? '*' : '',
        url,
        auth,
        region,
        executors: executorLocation,
      });
  }
  table.end();
  sayOverride(io);
};

export const showContext = async (
  io: Io,
  [text]: readonly string[],
  options: SharedOptions,
): Promise<void> => {
  const configuration = await readConfiguration(io.env);
  const name = text ?? options.context ?? (io.env.TASKPORT_CONTEXT || configuration.current);
  await show(io, options, { name, ...contextOf(configuration, name) }, formatDetails);
};

export const removeContexts = async (
  io: Io,
  names: readonly string[],
  options: SharedOptions,
): Promise<void> => {
  const former = await readConfiguration(io.env);
  for (const name of names)
    if (contextOf(former, name) === BUILT_IN)
      throw new UsageError(`${name} is built in: \`context add ${name}\` gives it another address`);
  if (names.includes(former.current) && former.current !== DEFAULT_CONTEXT)
    throw new UsageError(
      `${former.current} is the current context: \`context use ${DEFAULT_CONTEXT}\`, or another one, first`,
    );
  const contexts = new Map([...former.contexts].filter(([name]) => !names.includes(name)));
  await writeConfiguration(io.env, { ...former, contexts });
  for (const name of names) await show(io, options, { name, removed: true }, () => `${name} is removed`);
};
