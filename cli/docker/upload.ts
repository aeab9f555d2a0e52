import { PassThrough } from 'node:stream';
import { drained } from '../../client/platform/drained.ts';
import { firstAborted } from '../../lib/first-aborted.ts';

/** Sends an archive to an engine while `fill` writes it. Settles after both have ended. Throws the first error, which ends the other. */
export const upload = async (
  fill: (write: (bytes: Uint8Array) => Promise<void>, abort: AbortSignal) => Promise<void>,
  take: (archive: PassThrough, abort: AbortSignal) => Promise<unknown>,
  abort: AbortSignal,
): Promise<void> => {
  const archive = new PassThrough({ highWaterMark: 2 ** 20 });
  archive.on('error', () => {});
  const stop = new AbortController();
  const signal = firstAborted(abort, stop.signal);
  const fail = (error: unknown): void => stop.abort(error);
  const write = async (bytes: Uint8Array): Promise<void> => {
    signal.throwIfAborted();
    if (archive.destroyed) throw new Error('the engine takes no more of the archive');
    if (!archive.write(bytes)) await drained(archive);
  };
  const filled = fill(write, signal).then(() => void archive.end(), fail);
  const taken = take(archive, signal)
    .catch(fail)
    .finally(() => archive.destroy());
  await Promise.all([filled, taken]);
  signal.throwIfAborted();
};
