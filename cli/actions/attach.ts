import { defined } from '../../lib/defined.ts';
import { converse } from '../converse.ts';
import type { Action } from '../session.ts';
import { talkTo } from '../talk-to.ts';

/** Attaches to the standard streams of a task that runs. */
export const attach: Action<{ readonly stdin?: boolean }> = async (
  session,
  [executor = '', task = ''],
  { stdin = true },
) => {
  const { terminal } = session.io;
  const talk = await talkTo(session, executor, task, {
    kind: 'attach',
    ...defined({ size: terminal?.size() }),
  });
  const { opened } = talk;
  if (!opened.stdin)
    session.note(
      `${opened.taskId} has no standard input: its specification does not say \`interaction.openStdin\``,
    );
  const isGiven = stdin && opened.stdin;
  await converse(session, talk, { isGiven, terminal: opened.terminal && isGiven ? terminal : undefined });
};
