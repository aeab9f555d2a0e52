import type { StreamName } from '../execution/log-sink.ts';

interface Timed {
  /** RFC 3339, UTC, with any number of digits behind the second. */
  readonly at: string;
}

/** Whether a line was written before another. */
export const isEarlier = ({ at }: Timed, other: Timed): boolean =>
  at.replace('Z', '') < other.at.replace('Z', '');

/** Compares two lines by their times, for a sort. */
export const byTime = (one: Timed, other: Timed): number => {
  if (isEarlier(one, other)) return -1;
  return isEarlier(other, one) ? 1 : 0;
};

/**
 * Lines of two streams in the order of their times. Lines of one stream keep their order, and at equal times
 * standard output comes first.
 */
export const inTime = <L extends Timed & { readonly stream: StreamName }>(lines: readonly L[]): L[] => {
  const errors = lines.filter(({ stream }) => stream === 'stderr').values();
  let error = errors.next();
  const merged: L[] = [];
  for (const line of lines) {
    if (line.stream === 'stderr') continue;
    for (; !error.done && isEarlier(error.value, line); error = errors.next()) merged.push(error.value);
    merged.push(line);
  }
  for (; !error.done; error = errors.next()) merged.push(error.value);
  return merged;
};
