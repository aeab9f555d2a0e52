import type { SessionEnd, Session as TaskSession, TerminalSize } from '../client/sessions.ts';
import { ExitWith } from './exit-with.ts';
import type { Io, Terminal } from './io.ts';
import { shortOf } from './run/made-by-run.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

export interface Conversing {
  /** Whether to send input to it. */
  readonly isGiven: boolean;
  /** The user's terminal. */
  readonly terminal?: Terminal | undefined;
}

/** Sends all input, and then its end. */
const give = async (talk: TaskSession, input: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const bytes of input) await talk.write(bytes);
  await talk.endInput();
};

const show = async (talk: TaskSession, { write }: Io): Promise<void> => {
  for await (const { stream, bytes } of talk.output()) await write(bytes, stream);
};

/** Sends input to a task and prints its output, until the session ends; answers the end. */
export const converse = async (
  io: Io,
  talk: TaskSession,
  { isGiven, terminal }: Conversing,
): Promise<SessionEnd> => {
  const input = isGiven ? io.input() : undefined;
  const onResize = (size: TerminalSize): void => void talk.resize(size).catch(() => {});
  const restore = terminal?.takeOver({ isTyped: isGiven && terminal.isTypedAt, onResize });
  try {
    // After the end, nobody takes input.
    if (input) give(talk, input).catch(() => {});
    // The end of a terminal's input is the end of its output, too.
    else if (talk.opened.stdin && !talk.opened.terminal) await talk.endInput();
    await show(talk, io);
  } finally {
    restore?.();
    input?.destroy?.();
    talk.close();
  }
  return talk.end;
};

/** Throws `UsageError` if a terminal is requested and standard input is none. */
export const assertTerminal = (
  { terminal }: Pick<Io, 'terminal'>,
  { interactive = false, tty = false }: { readonly interactive?: boolean; readonly tty?: boolean },
): void => {
  if (interactive && tty && !terminal?.isTypedAt)
    throw new UsageError(
      'the input device is not a TTY: leave out --tty if input comes from a pipe or a file',
    );
};

/** How a user who has detached attaches again. */
export const wayBack = (executorId: string): string =>
  `it runs on, and \`taskport attach ${shortOf(executorId)}\` comes back to it`;

/** Exits as the process of the session did. Throws `ExitWith` for a code other than 0. */
export const endAs = (session: Session, end: SessionEnd, detached: string): void => {
  if ('failed' in end) throw new Error(end.failed);
  if ('detached' in end) session.note(`detached: ${detached}`);
  else if (end.exitCode !== 0) throw new ExitWith(end.exitCode);
};
