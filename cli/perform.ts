import type { Command } from 'commander';
import type { Io } from './io.ts';
import type { Action, SharedOptions } from './session.ts';

type Actions = typeof import('./actions/index.ts');

/** Makes a commander action from an action of ours, which it loads when it runs. */
export const perform =
  <O>(io: Io, choose: (actions: Actions) => Action<O> | Promise<Action<O>>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    // A subcommand also accepts the options of its parent command.
    const { url, context, json, output, ...options } = command.optsWithGlobals<SharedOptions>();
    const actions = await import('./actions/index.ts');
    const act = await choose(actions);
    const shared = { url, context, json, output } as SharedOptions;
    await act(await actions.openSession(io, shared), command.args, options as O);
  };
