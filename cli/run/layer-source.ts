import type { Taskport } from '../../client/taskport.ts';
import { asUnreachable } from '../../client/upload.ts';
import { defined } from '../../lib/defined.ts';

/** `/v1/elements/image/library/base/data`, as plans say where data is. */
const HREF = /^\/v1\/elements\/([^/]+)\/([^/]+)\/([^/]+)\/data$/;

/** Reads the data that a plan names, from the byte at `from` on. */
export const layerSource =
  (taskport: Taskport, signal: AbortSignal) =>
  async (href: string, from = 0): Promise<AsyncIterable<Uint8Array>> => {
    const [, kind, location, name = ''] = HREF.exec(href) ?? [];
    const { url } = await taskport.elements.locateData(`${kind}://${location}/${decodeURIComponent(name)}`, {
      signal,
    });
    const response = await fetch(
      url,
      defined({ signal, headers: from > 0 ? { range: `bytes=${from}-` } : undefined }),
    ).catch((error) => {
      throw asUnreachable(error, url);
    });
    if (!response.ok || !response.body) throw new Error(`${href} cannot be read: ${response.status}`);
    return response.body as unknown as AsyncIterable<Uint8Array>;
  };
