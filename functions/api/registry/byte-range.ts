/** The bytes that a header `Range` asks for: the first, and the one behind the last. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * What a header `Range` asks for of `size` bytes (RFC 9110, section 14.1.2); undefined for all of them, as for several parts or what
 * is none; `unsatisfiable` for what begins behind their end.
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
