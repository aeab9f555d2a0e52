import type Dockerode from 'dockerode';
import type { StreamName } from '../../lib/execution/log-sink.ts';
import { EARLIER_SECONDS, secondsOf } from './output-lines.ts';

/** Bytes of one stream of a container's log, each entry with its time, as they arrive; ends with the container. */
const follow = async (
  container: Dockerode.Container,
  stream: StreamName,
  range: { readonly since?: number; readonly tail?: number },
  abortSignal: AbortSignal,
): Promise<AsyncIterable<Buffer>> => {
  const options = { follow: true as const, [stream]: true, timestamps: true, abortSignal, ...range };
  return (await container.logs(options)) as unknown as AsyncIterable<Buffer>;
};

/** Reads from shortly before a mark; without a mark, from the beginning. */
export const followFrom = (
  container: Dockerode.Container,
  stream: StreamName,
  mark: string | undefined,
  abort: AbortSignal,
): Promise<AsyncIterable<Buffer>> =>
  follow(
    container,
    stream,
    mark === undefined ? {} : { since: Math.max(0, Math.floor(secondsOf(mark)) - EARLIER_SECONDS) },
    abort,
  );

/** Reads only new output. */
export const followFromNow = (
  container: Dockerode.Container,
  stream: StreamName,
  abort: AbortSignal,
): Promise<AsyncIterable<Buffer>> => follow(container, stream, { tail: 0 }, abort);
