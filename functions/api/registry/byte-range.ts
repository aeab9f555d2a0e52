/** The range of a header `Range`: the first byte, and the one after the last. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The range that a header `Range` requests of `size` bytes (RFC 9110, section 14.1.2); undefined for all bytes,
 * for several ranges and for invalid headers; `unsatisfiable` for a range that begins after the end.
 */
export const readRange = (
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined => {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return from < to ? { from, to } : 'unsatisfiable';
};
