import type { Line } from '../../lib/execution/log-sink.ts';
import { byTime } from '../../lib/output/in-time.ts';

/** Merges the lines of several streams: in the order of their times, or, when following, in the order of arrival. An error of one stream ends all. */
export async function* mergeLines<L extends Line>(
  streams: readonly AsyncGenerator<L, void>[],
  asTheyCome: boolean,
): AsyncGenerator<L, void> {
  const next = async (stream: AsyncGenerator<L, void>) => ({ stream, result: await stream.next() });
  const waiting = new Map(streams.map((stream) => [stream, next(stream)]));
  try {
    while (waiting.size > 0) {
      const found = asTheyCome ? [await Promise.race(waiting.values())] : await Promise.all(waiting.values());
      for (const { stream, result } of found) if (result.done) waiting.delete(stream);
      const [first] = found
        .flatMap(({ stream, result }) => (result.done ? [] : [{ stream, line: result.value }]))
        .toSorted((one, other) => byTime(one.line, other.line));
      if (!first) continue;
      waiting.set(first.stream, next(first.stream));
      yield first.line;
    }
  } finally {
    for (const ending of waiting.values()) ending.catch(() => {});
    await Promise.all(streams.map((stream) => stream.return().catch(() => {})));
  }
}
