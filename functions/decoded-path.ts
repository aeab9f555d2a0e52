/** Decodes percent signs once; bytes that are no UTF-8 become replacement characters. */
export const percentDecoded = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());

/** The raw request that a server of HTTP passes with each request. */
interface Served {
  readonly incoming?: { readonly url?: string };
}

/**
 * The path of a request in the form in which Hono finds its route. API Gateway decodes paths before it passes
 * them on, so this does the same for every server, and an encoded slash is a slash, since no name contains one.
 * Hono decodes parameters again.
 */
export const decodedPath = (
  { url }: Pick<Request, 'url'>,
  { env }: { readonly env?: unknown } = {},
): string => {
  const parsed = new URL(url);
  // A server resolves dot segments before it decodes slashes, so this does it again on the raw path.
  const [sent = ''] = (env as Served | undefined)?.incoming?.url?.split('?') ?? [];
  const path = sent.startsWith('/') ? sent : parsed.pathname;
  // Each encoded dot is checked: Node 20 overlooks the last segment of `/.a/.`.
  parsed.pathname = path.replaceAll(/%2f/gi, '/').replaceAll('.', '%2e');
  return percentDecoded(parsed.pathname).replaceAll('%', '%25');
};
