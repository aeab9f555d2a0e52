import type { RawData, WebSocket } from 'ws';
import { MOST_WAITING } from '../../../lib/composition/session/channels.ts';
import { FrameRefused, type FrameRules } from './frame-rules.ts';

/** Memory of a waiting message, besides its bytes. */
const MESSAGE_BYTES = 512;

/**
 * Forwards the messages of one side as the rules permit. If a slow receiver lets too many messages wait, it pauses the sender, which limits the
 * relay's memory.
 */
export const forward = (
  from: WebSocket,
  to: WebSocket,
  rules: FrameRules,
  onMessage: (bytes: Buffer) => void,
  onRefused: (refused: FrameRefused) => void,
): void => {
  let waiting = 0;
  from.on('message', (data: RawData, isBinary: boolean) => {
    const bytes = data as Buffer;
    try {
      rules.check(bytes, isBinary);
    } catch (error) {
      if (!(error instanceof FrameRefused)) throw error;
      from.removeAllListeners('message');
      onRefused(error);
      return;
    }
    onMessage(bytes);
    const size = MESSAGE_BYTES + bytes.length;
    waiting += size;
    if (waiting > MOST_WAITING) from.pause();
    to.send(bytes, { binary: true }, () => {
      waiting -= size;
      if (from.isPaused && waiting <= MOST_WAITING / 2) from.resume();
    });
  });
  from.resume();
};
