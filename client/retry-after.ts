/** The milliseconds of `Retry-After` (RFC 9110, section 10.2.3). */
export const retryAfter = (said: string | null | undefined): number => {
  const text = said ?? '';
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
};
