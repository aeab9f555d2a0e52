import type { IncomingMessage, RequestListener } from 'node:http';
import { problemNames } from '../../lib/errors.ts';

/** Whether pages of an origin may call the requested URL. */
export type Pages = (origin: URL, asked: URL) => boolean;

/** Only pages from the server that they call. */
export const ownPages: Pages = (origin, asked) => origin.host === asked.host;
export const noPages: Pages = () => false;

const LOOPBACK = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether a name always means this machine, for every resolver. */
export const isLoopback = ({ hostname }: URL): boolean => LOOPBACK.test(hostname);

const read = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);

/**
 * Why a request is refused, with a remedy. Any page of any site can send requests to this machine, and by DNS rebinding it can read the answers
 * too. Browsers state the source of a request in `Host`, `Origin` and `Sec-Fetch-*`, and no page can change these. Other programs send neither of
 * the last two.
 */
export const refusalOf = ({ method, headers, socket }: IncomingMessage, pages: Pages): string | undefined => {
  const here = `http://127.0.0.1:${socket.localPort}`;
  const asked = read(`http://${headers.host}`);
  if (!asked || !isLoopback(asked)) {
    return `it is addressed to ${JSON.stringify(headers.host)}, and this host answers to loopback names only: call ${here}`;
  }
  const { origin, 'sec-fetch-site': site = 'none', 'sec-fetch-mode': mode } = headers;
  if (origin !== undefined) {
    const from = read(origin);
    if (from && pages(from, asked)) return undefined;
    return `it comes from a page of ${origin}, and pages of other origins may call nothing here: use the console, or call ${here} from a program`;
  }
  // A link that a user follows changes nothing, and only the user sees its answer.
  const isLink = method === 'GET' && mode === 'navigate';
  if (site === 'none' || site === 'same-origin' || isLink) return undefined;
  return `it comes from a page of another site, and those may call nothing here: use the console, or call ${here} from a program`;
};

/** A listener that refuses requests from foreign pages. */
export const guarded =
  (pages: Pages, listener: RequestListener): RequestListener =>
  (request, response) => {
    const detail = refusalOf(request, pages);
    if (detail === undefined) return listener(request, response);
    const code = 'permission-denied';
    // Clients of registries do not understand RFC 9457 problems.
    const isRegistry = /^\/v2(\/|$)/.test(request.url ?? '');
    const body = isRegistry
      ? { errors: [{ code: 'DENIED', message: detail, detail: {} }] }
      : { ...problemNames(code), status: 403, code, detail };
    response.writeHead(403, {
      'content-type': isRegistry ? 'application/json' : 'application/problem+json',
      connection: 'close',
    });
    response.end(JSON.stringify(body));
  };
