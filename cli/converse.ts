import type { Session as Talk } from '../client/sessions.ts';
import { ExitWith } from './exit-with.ts';
import type { Io, Terminal } from './io.ts';
import type { Session } from './session.ts';

export interface Conversing {
  /** Whether what is typed goes to it. */
  readonly isGiven: boolean;
  /** The terminal that it is at. */
  readonly terminal?: Terminal | undefined;
}

/** Gives it all that comes in, and then the end of it. */
const give = async (talk: Talk, input: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const bytes of input) await talk.write(bytes);
  await talk.endInput();
};

const show = async (talk: Talk, { write }: Io): Promise<void> => {
  for await (const { stream, bytes } of talk.output()) await write(bytes, stream);
};

/** Carries what is typed to a task and what it writes to here, until its end. Throws `Exited` for an exit code other than 0. */
export const converse = async (
  session: Session,
  talk: Talk,
  { isGiven, terminal }: Conversing,
): Promise<void> => {
  const { io } = session;
  const input = isGiven ? io.input() : undefined;
  const restore = terminal?.takeOver((size) => void talk.resize(size).catch(() => {}));
  try {
    // Once it has ended, nobody takes what is typed.
    if (input) give(talk, input).catch(() => {});
    else if (talk.opened.stdin) await talk.endInput();
    await show(talk, io);
  } finally {
    restore?.();
    input?.destroy?.();
    talk.close();
  }
  const end = await talk.end;
  if ('failed' in end) throw new Error(end.failed);
  if ('detached' in end) session.note('detached: it runs on');
  else if (end.exitCode !== 0) throw new ExitWith(end.exitCode);
};
