import type { Writable } from 'node:stream';

/** Settles once a stream has room, or is closed: then the next write fails. */
export const drained = (stream: Writable): Promise<void> =>
  new Promise((settle) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      settle();
    };
    stream.on('drain', done).on('close', done);
  });
