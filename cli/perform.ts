import type { Command } from 'commander';
import type { Io } from './io.ts';
import type { Action, SharedOptions } from './session.ts';

type Actions = typeof import('./actions/index.ts');

/** Makes commander's action of one of ours, which are loaded when one is run. */
export const perform =
  <O>(io: Io, choose: (actions: Actions) => Action<O> | Promise<Action<O>>) =>
  async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    // Of a command below another, that one's options are its own as well.
    const { url, context, json, output, ...options } = command.optsWithGlobals<SharedOptions>();
    const actions = await import('./actions/index.ts');
    const act = await choose(actions);
    const shared = { url, context, json, output } as SharedOptions;
    await act(await actions.openSession(io, shared), command.args, options as O);
  };
