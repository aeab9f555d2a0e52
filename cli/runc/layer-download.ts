import { setTimeout } from 'node:timers/promises';
import type { OciLayer } from '../../lib/composition/plan/oci-schema.ts';

/** The bytes of a layer by its `href`, from the first one or from a later one. */
export type FetchLayer = (href: string, from?: number) => Promise<AsyncIterable<Uint8Array>>;

/** So often in a row may a download break without a byte of progress. */
const MAX_FAILURES = 3;
const PAUSE_MS = 200;

/** The bytes of a layer; what breaks off goes on where it was. */
export async function* downloadLayer(
  fetchLayer: FetchLayer,
  { href, size }: OciLayer,
  abort: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (let failures = 0; ; ) {
    const before = from;
    try {
      for await (const chunk of await fetchLayer(href, from === 0 ? undefined : from)) {
        abort.throwIfAborted();
        from += chunk.length;
        failures = 0;
        yield chunk;
      }
      // An end that is too early may be a connection's; where nothing follows, it is the data's, as its checksum tells.
      if (size === undefined || from >= size || from === before) return;
    } catch (error) {
      failures += 1;
      if (abort.aborted || failures > MAX_FAILURES) throw error;
      await setTimeout(PAUSE_MS * failures, undefined, { signal: abort });
    }
  }
}
