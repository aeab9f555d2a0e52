/** `npm run smoke -- --stack Taskport`, or `--url http://127.0.0.1:8787`: checks a deployment from end to end. */
import { parseArgs } from 'node:util';
import { reportFailure } from '../../cli/failure.ts';
import { urlOf } from '../../cli/session.ts';
import { readStackOutputs } from '../../cli/stack-outputs.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { checkService } from './checks.ts';

const { env } = process;

const deployed = async (stack: string, options: { readonly region?: string; readonly instance?: string }) => {
  const { url, auth, region } = await readStackOutputs(env, { ...options, stack });
  if (auth === 'iam') return { url, region, auth };
  return env.TASKPORT_TOKEN ? { url, region, token: env.TASKPORT_TOKEN } : { url, region };
};

const onChecked = (name: string, milliseconds: number, failure?: Error): void => {
  const line = `${failure ? 'FAILED' : 'ok    '}  ${name}  (${Math.round(milliseconds)} ms)`;
  console.log(failure ? `${line}\n        ${failure.message}` : line);
};

/** Throws `UsageError` for what `parseArgs` refuses. */
const optionsOf = <T>(parse: () => T): T => {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

/** Answers the exit code. Throws `UsageError`, and the errors of `readStackOutputs`. */
const smoke = async (): Promise<number> => {
  const text = { type: 'string' } as const;
  const options = { stack: text, region: text, instance: text, url: text };
  const { stack, url, ...which } = optionsOf(() => parseArgs({ options }).values);
  if ((stack === undefined) === (url === undefined))
    throw new UsageError(
      'either --stack <name> or --url <url>; TASKPORT_TOKEN is the token where one is asked for',
    );
  const service = stack === undefined ? { url: urlOf(url ?? '') } : await deployed(stack, which);
  console.log(service.url);
  return (await checkService({ ...service, isDeployed: stack !== undefined, onChecked })) ? 0 : 1;
};

const io = { err: (text: string) => void process.stderr.write(text), signal: new AbortController().signal };
process.exit(await smoke().catch((error) => reportFailure(error, io, false)));
