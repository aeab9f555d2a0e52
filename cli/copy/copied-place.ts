import { meantId } from '../meant-id.ts';

/** The source or the destination of a copy. */
export type CopiedPlace =
  | { readonly kind: 'stream' }
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'volume'; readonly id: string; readonly path: string };

/** The location of volumes whose name has none, as for `run --volume`. */
const VOLUMES = 'volumes';

/**
 * What an argument of `cp` names: `-`, a path of this machine, or `<location>/<name>:/<path>`. As for Docker, an argument that begins
 * with a dot or a slash, or has no colon, is a path. Throws `UsageError`.
 */
export const parseCopiedPlace = (text: string): CopiedPlace => {
  if (text === '-') return { kind: 'stream' };
  const [, named, path] = /^((?:[a-z]+:\/\/)?[^:]+):(.*)$/s.exec(text) ?? [];
  if (named === undefined || path === undefined || /^[./]/.test(text)) return { kind: 'local', path: text };
  return { kind: 'volume', id: meantId('volume', named, VOLUMES), path: `/${path.replace(/^\/+/, '')}` };
};
