/** The edit distance of two words: letters changed, added, removed, or swapped with the next. */
const distance = (one: string, other: string): number => {
  const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (const [i, letter] of [...one].entries()) {
    const [above = [], twoAbove = []] = rows;
    const row = [i + 1];
    for (const [j, against] of [...other].entries()) {
      const swapped =
        letter === other[j - 1] && against === one[i - 1] ? (twoAbove[j - 1] ?? 0) + 1 : Infinity;
      const changed = (above[j] ?? 0) + (letter === against ? 0 : 1);
      row.push(Math.min(changed, swapped, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    rows.unshift(row);
  }
  return rows[0]?.at(-1) ?? 0;
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');

/** The name that the user most probably meant; undefined if none is similar. */
export const nearName = (given: string, names: readonly string[]): string | undefined =>
  names.find((name) => distance(plain(given), plain(name)) <= (name.length < 6 ? 1 : 2));
