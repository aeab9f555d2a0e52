import { MOST_BYTES } from '../../lib/composition/session/channels.ts';
import type { Talk } from '../../lib/execution/talk.ts';

const HEADER_BYTES = 8;
const STDERR = 2;

type Output = Talk['output'] extends AsyncIterable<infer One> ? One : never;

/**
 * Reads a container's connection: a terminal sends plain bytes, everything else frames, whose header has the stream and the length
 * (Docker Engine API, ContainerAttach). Passes the bytes of a long frame on as they arrive, without keeping them.
 */
export async function* outputOf(
  chunks: AsyncIterable<Buffer>,
  terminal: boolean,
  onFirst: () => void = () => {},
): AsyncGenerator<Output, void> {
  let header: Buffer = Buffer.alloc(0);
  let left = terminal ? Number.POSITIVE_INFINITY : 0;
  let stream: Output['stream'] = 'stdout';
  let isFirst = true;
  try {
    for await (const chunk of chunks) {
      if (isFirst) onFirst();
      isFirst = false;
      for (let at = 0; at < chunk.length; ) {
        if (left === 0) {
          const taken = chunk.subarray(at, at + HEADER_BYTES - header.length);
          header = Buffer.concat([header, taken]);
          at += taken.length;
          if (header.length < HEADER_BYTES) continue;
          stream = header[0] === STDERR ? 'stderr' : 'stdout';
          left = header.readUInt32BE(4);
          header = Buffer.alloc(0);
          continue;
        }
        const bytes = chunk.subarray(at, at + Math.min(left, MOST_BYTES));
        at += bytes.length;
        left -= bytes.length;
        yield { stream, bytes };
      }
    }
  } catch {
    // The connection broke; the caller asks the engine how the process ended.
  }
}
