import type { Command } from 'commander';
import { defined } from '../lib/defined.ts';
import { contextInUse } from './configuration.ts';
import type { Io } from './io.ts';
import { outputOf, writerOf } from './output.ts';
import { type Action, DEFAULT_URL, Session, type SharedOptions, urlOf } from './session.ts';
import { UsageError } from './usage-error.ts';

type Actions = typeof import('./actions/index.ts');

/** The location of executors that are named without one, unless the context says another. */
const EXECUTOR_LOCATION = 'machines';

/** Makes commander's action of one of ours, which are loaded when one is run. */
export const perform =
  <O>(io: Io, choose: (actions: Actions) => Action<O> | Promise<Action<O>>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    // Of a command below another, that one's options are its own as well.
    const { url, context, json = false, output: form, ...options } = command.optsWithGlobals<SharedOptions>();
    const { env } = io;
    const actions = await import('./actions/index.ts');
    const act = await choose(actions);
    const output = outputOf(form, json);
    if (url !== undefined && context !== undefined) throw new UsageError('either --url or --context');
    const named = url ?? (context === undefined ? env.TASKPORT_URL || undefined : undefined);
    // What was configured goes together: another service is told nothing of it.
    const configured = named === undefined ? await contextInUse(env, context) : undefined;
    const auth = env.TASKPORT_AUTH ?? (env.TASKPORT_TOKEN ? undefined : configured?.auth);
    const where = urlOf(named ?? configured?.url ?? DEFAULT_URL);
    const taskport = new actions.Taskport({
      url: where,
      ...defined({
        token: env.TASKPORT_TOKEN || undefined,
        auth: auth === 'iam' ? auth : undefined,
        region: configured?.region || undefined,
      }),
    });
    const session = new Session({
      ...{ io, taskport, url: where, output },
      write: await writerOf(output),
      executorLocation: configured?.executorLocation ?? EXECUTOR_LOCATION,
    });
    await act(session, command.args, options as O);
  };
