import { defined } from '../../lib/defined.ts';
import { assertTerminal, converse, endAs, wayBack } from '../converse.ts';
import type { Located } from '../run/each-run.ts';
import type { Action } from '../session.ts';
import { talkTo } from '../talk-to.ts';

/** Attaches to the standard streams of a running task. */
export const attach: Action<Located & { readonly stdin?: boolean }> = async (
  session,
  [executor = '', task],
  options,
) => {
  const { io } = session;
  const { stdin = true } = options;
  const size = io.terminal?.size();
  const talk = await talkTo(session, executor, options, () => ({
    task,
    // A change of the terminal's size makes the program draw its screen again; the session sends the real size next.
    request: { kind: 'attach', ...defined({ size: size && { ...size, rows: size.rows + 1 } }) },
  }));
  const { opened } = talk;
  if (!opened.stdin)
    session.note(
      `${opened.taskId} has no standard input: its specification does not say \`interaction.openStdin\``,
    );
  if (opened.terminal) assertTerminal(io, { interactive: stdin && opened.stdin, tty: true });
  const isGiven = stdin && opened.stdin;
  const end = await converse(io, talk, { isGiven, terminal: opened.terminal ? io.terminal : undefined });
  endAs(session, end, wayBack(opened.executorId));
};
