import type { MessageSocket } from '../../client/platform/platform.ts';
import type { Taskport } from '../../client/taskport.ts';
import {
  CLOSE,
  endMessage,
  message,
  RESIZE,
  type SessionEnd,
  STDERR,
  STDIN,
  STDOUT,
  sizeIn,
} from '../../lib/composition/session/channels.ts';
import type { Engine } from '../../lib/execution/engine.ts';
import { type Talk, TalkError } from '../../lib/execution/talk.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import type { Lease } from './lease.ts';

export interface SessionSurroundings {
  readonly taskport: Taskport;
  readonly lease: Lease;
  readonly engine: Engine;
  readonly location: string;
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
}

/** Passes the client's messages to the process. Settles once the client sends no more. */
const giveInput = async ({ messages }: MessageSocket, talk: Talk): Promise<void> => {
  for await (const received of messages) {
    const bytes = received.subarray(1);
    if (received[0] === STDIN) await talk.write(bytes);
    else if (received[0] === CLOSE && bytes[0] === STDIN) talk.endInput();
    else if (received[0] === RESIZE) {
      const size = sizeIn(bytes);
      if (size) await talk.resize(size);
    }
  }
};

/** Runs one session. Settles once it has ended, or its client is gone. */
const carry = async (socket: MessageSocket, talk: Talk): Promise<void> => {
  let isGone = false;
  // If the process takes no input, this closes it too, since nobody reads the messages any more.
  void socket.closed.then(() => {
    isGone = true;
    talk.close();
  });
  const given = giveInput(socket, talk).catch(() => {});
  try {
    for await (const { stream, bytes } of talk.output)
      await socket.send(message(stream === 'stdout' ? STDOUT : STDERR, bytes));
    if (!isGone) await socket.send(endMessage(await talk.end()));
  } catch (error) {
    if (!isGone) throw error;
  } finally {
    talk.close();
    socket.close();
  }
  await given;
};

/** Accepts a session that a caller requests with a task of the location, and runs it until its end. Never rejects. */
export const serveSession = async (
  { taskport, lease, engine, location, onNote, signal }: SessionSurroundings,
  id: string,
): Promise<void> => {
  const ended = new AbortController();
  try {
    const epoch = await lease.epoch();
    const call = { signal: firstAborted(signal, ended.signal) };
    const { socket, executorId, taskId, attempt, ...how } = await taskport.runners.serve(
      location,
      { session: id, epoch },
      call,
    );
    const refuse = async (words: string): Promise<void> => {
      await socket.send(endMessage({ failed: words } satisfies SessionEnd));
      socket.close();
    };
    try {
      const talk = await engine.talk({ executorId, taskId, attempt }, how);
      if (!talk) return await refuse(`attempt ${attempt} of ${taskId} does not run here any more`);
      await carry(socket, talk);
    } catch (error) {
      if (!(error instanceof TalkError)) throw error;
      await refuse(error.message);
    }
  } catch (error) {
    // The runner's log omits errors that the client gets.
    if (!signal.aborted) onNote(`session ${id} could not be carried: ${(error as Error).message}`);
  } finally {
    ended.abort();
  }
};
