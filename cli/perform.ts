import type { Command } from 'commander';
import { defined } from '../lib/defined.ts';
import { readConfiguration } from './configuration.ts';
import type { Io } from './io.ts';
import { type Action, DEFAULT_URL, Session, type SharedOptions, urlOf } from './session.ts';

type Actions = typeof import('./actions/index.ts');

/** Makes commander's action of one of ours, which are loaded when one is run. */
export const perform =
  <O>(io: Io, choose: (actions: Actions) => Action<O> | Promise<Action<O>>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    // Of a command below another, that one's options are its own as well.
    const { url, json = false, ...options } = command.optsWithGlobals<SharedOptions>();
    const { env } = io;
    const actions = await import('./actions/index.ts');
    const act = await choose(actions);
    const named = url ?? env.TASKPORT_URL;
    // What was configured goes together: another service is told nothing of it.
    const configured = named === undefined ? await readConfiguration(env) : undefined;
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
    await act(new Session(io, taskport, json, where), command.args, options as O);
  };
