/** A measured figure, with its limit. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly bar: string;
  readonly ok: boolean;
}

/** A figure with one permitted value. */
export const exactly = (name: string, value: string, bar: string): Figure => ({
  name,
  value,
  bar,
  ok: value === bar,
});

/** A ratio with an upper limit. */
export const atMost = (name: string, ratio: number, bar: number): Figure => ({
  name,
  value: ratio.toFixed(2),
  bar: `at most ${bar.toFixed(2)}`,
  ok: ratio <= bar,
});

/** The median. */
export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** Renders the figures as a table in plain text. */
export const toTable = (figures: readonly Figure[]): string => {
  const rows = [
    ['figure', 'value', 'bar', ''],
    ...figures.map(({ name, value, bar, ok }) => [name, value, bar, ok ? 'ok' : 'MISSED']),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** A ratio with a lower limit. */
export const atLeast = (name: string, ratio: number, bar: number): Figure => ({
  name,
  value: ratio.toFixed(2),
  bar: `at least ${bar.toFixed(2)}`,
  ok: ratio >= bar,
});
