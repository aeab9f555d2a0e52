import { defined } from '../../lib/defined.ts';
import { assertTerminal, converse, endAs } from '../converse.ts';
import type { Located } from '../run/each-run.ts';
import type { Action } from '../session.ts';
import { talkTo, taskAndCommand } from '../talk-to.ts';
import { UsageError } from '../usage-error.ts';

interface ExecOptions extends Located {
  readonly interactive?: boolean;
  readonly tty?: boolean;
}

/** Runs a command beside a task that runs, in its container. */
export const exec: Action<ExecOptions> = async (session, [executor = '', ...words], options) => {
  const { interactive = false, tty = false } = options;
  const { io } = session;
  assertTerminal(io, options);
  const terminal = tty ? io.terminal : undefined;
  const talk = await talkTo(session, executor, options, (tasks) => {
    const { task, args } = taskAndCommand(words, tasks);
    if (args.length === 0)
      throw new UsageError(
        `what is to be run? Such as: taskport exec -it ${[executor, ...words].join(' ')} -- sh`,
      );
    return { task, request: { kind: 'exec', args, terminal: tty, ...defined({ size: terminal?.size() }) } };
  });
  const end = await converse(io, talk, { isGiven: interactive, terminal });
  endAs(session, end, 'the command runs on, and nobody can come back to it');
};
