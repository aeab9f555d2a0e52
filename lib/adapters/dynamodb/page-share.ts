/**
 * The number of rows that a page first reads of each partition: the expected number, three standard deviations,
 * and one. Then few pages need another round.
 */
export const shareOf = (limit: number, partitions: number): number => {
  const part = limit / partitions;
  return Math.min(limit, Math.ceil(part + 3 * Math.sqrt(part * (1 - 1 / partitions))) + 1);
};
