import { Taskport } from '../client/taskport.ts';
import { defined } from '../lib/defined.ts';
import { type Context, contextInUse } from './configuration.ts';
import type { Io } from './io.ts';
import { CONVENTIONAL } from './meant-id.ts';
import { outputOf, writerOf } from './output.ts';
import { Session, type SharedOptions, urlOf } from './session.ts';
import { UsageError } from './usage-error.ts';

/** The session for the options and the environment. Throws `UsageError`. */
export const openSession = async (
  io: Io,
  { url, context, json = false, output: form }: SharedOptions,
): Promise<Session> => {
  const { env } = io;
  const output = outputOf(form, json);
  if (url !== undefined && context !== undefined) throw new UsageError('give either --url or --context');
  const named = url ?? (context === undefined ? env.TASKPORT_URL || undefined : undefined);
  // The settings of a context belong together: another service gets none of them.
  const meant: Partial<Context> & Pick<Context, 'url'> =
    named === undefined ? await contextInUse(env, context) : { url: named };
  const auth = env.TASKPORT_AUTH ?? (env.TASKPORT_TOKEN ? undefined : meant.auth);
  const where = urlOf(meant.url);
  const taskport = new Taskport({
    url: where,
    ...defined({
      token: env.TASKPORT_TOKEN || undefined,
      auth: auth === 'iam' ? auth : undefined,
      region: meant.region || undefined,
    }),
  });
  return new Session({
    io,
    taskport,
    url: where,
    output,
    write: await writerOf(output),
    executorLocation: meant.executorLocation ?? CONVENTIONAL.executor,
  });
};
