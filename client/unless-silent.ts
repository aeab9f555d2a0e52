import { firstAborted } from '../lib/first-aborted.ts';

/** A connection to the data store that passes nothing on for this time is dead. */
export const SILENCE_MS = 60_000;

/** The chunks of a read from the data store. Aborts the read if the store sends nothing for a minute; a slow receiver does not count. */
export async function* unlessSilent(
  read: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const silence = new AbortController();
  const watch = () => setTimeout(() => silence.abort(new Error('the data store is silent')), SILENCE_MS);
  let watchdog = watch();
  try {
    for await (const chunk of read(firstAborted(signal, silence.signal))) {
      clearTimeout(watchdog);
      yield chunk;
      watchdog = watch();
    }
  } finally {
    clearTimeout(watchdog);
  }
}
