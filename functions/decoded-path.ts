/** What stands behind percent signs, decoded once; bytes that are no UTF-8 are shown as such. */
export const percentDecoded = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());

/**
 * The path that a request names, for Hono to find its route by. API Gateway decodes paths before it hands them over, so they are
 * decoded here whoever hands them over, and an encoded slash is a slash: no name has one. Hono decodes parameters again.
 */
export const decodedPath = ({ url }: Pick<Request, 'url'>): string => {
  const parsed = new URL(url);
  // Set, a path is rid of segments of dots.
  parsed.pathname = parsed.pathname.replaceAll(/%2f/gi, '/');
  return percentDecoded(parsed.pathname).replaceAll('%', '%25');
};
