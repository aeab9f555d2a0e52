import { meantId } from '../meant-id.ts';

/** Where something is copied from, or to. */
export type CopiedPlace =
  | { readonly kind: 'stream' }
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'volume'; readonly id: string; readonly path: string };

/** Where volumes are that are named without their location, as for `run --volume`. */
const VOLUMES = 'volumes';

/**
 * What an argument of `cp` names: `-`, a path of this machine, or `<location>/<name>:/<path>`. As for Docker, what begins with a dot or a slash, or has no colon, is
 * of this machine. Throws `UsageError`.
 */
export const parseCopiedPlace = (text: string): CopiedPlace => {
  if (text === '-') return { kind: 'stream' };
  const [, named, path] = /^((?:[a-z]+:\/\/)?[^:]+):(.*)$/s.exec(text) ?? [];
  if (named === undefined || path === undefined || /^[./]/.test(text)) return { kind: 'local', path: text };
  return { kind: 'volume', id: meantId('volume', named, VOLUMES), path: `/${path.replace(/^\/+/, '')}` };
};
