import { defined } from '../../lib/defined.ts';
import { converse } from '../converse.ts';
import type { Action } from '../session.ts';
import { talkTo } from '../talk-to.ts';
import { UsageError } from '../usage-error.ts';

interface ExecOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
}

/** Runs a command beside a task that runs, in its container. */
export const exec: Action<ExecOptions> = async (
  session,
  [executor = '', task = '', ...args],
  { interactive = false, tty = false },
) => {
  const { terminal } = session.io;
  if (tty && !terminal)
    throw new UsageError(
      '--tty takes a terminal, and this is none: leave it out where output goes to a pipe or a file',
    );
  const request = {
    kind: 'exec' as const,
    args,
    terminal: tty,
    ...defined({ size: tty ? terminal?.size() : undefined }),
  };
  const talk = await talkTo(session, executor, task, request);
  await converse(session, talk, { isGiven: interactive, terminal: tty ? terminal : undefined });
};
