/** What stands behind percent signs, decoded once; bytes that are no UTF-8 are shown as such. */
export const percentDecoded = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());

/** What a server of HTTP tells of a request beside it: what stood in its first line. */
interface Served {
  readonly incoming?: { readonly url?: string };
}

/**
 * The path that a request names, for Hono to find its route by. API Gateway decodes paths before it hands them over, so they are
 * decoded here whichever server hands them over, and an encoded slash is a slash: no name has one. Hono decodes parameters again.
 */
export const decodedPath = (
  { url }: Pick<Request, 'url'>,
  { env }: { readonly env?: unknown } = {},
): string => {
  const parsed = new URL(url);
  // A server has resolved segments of dots already, before slashes were decoded: it is done anew, from what was sent.
  const [sent = ''] = (env as Served | undefined)?.incoming?.url?.split('?') ?? [];
  const path = sent.startsWith('/') ? sent : parsed.pathname;
  // Encoded, dots are looked at one by one: Node 20 overlooks the last segment of `/.a/.`.
  parsed.pathname = path.replaceAll(/%2f/gi, '/').replaceAll('.', '%2e');
  return percentDecoded(parsed.pathname).replaceAll('%', '%25');
};
