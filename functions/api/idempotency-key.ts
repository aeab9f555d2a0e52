import { createHash } from 'node:crypto';
import { invalidRequest } from '../../lib/errors.ts';
import type { Idempotency } from '../../lib/idempotency.ts';
import { readBytes } from './body.ts';
import type { ApiContext } from './request.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The `Idempotency-Key` of a request and the digest of the request; undefined without a key. */
export const readIdempotency = async (c: ApiContext): Promise<Idempotency | undefined> => {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw invalidRequest({ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' });
  }
  const digest = createHash('sha256')
    .update(`${c.req.method} ${c.req.path}\n`)
    .update(await readBytes(c))
    .digest('base64url');
  return { principal: c.get('caller').principal, key, digest };
};

/** Marks the answer as a replay, if it is one. */
export const markReplayed = (c: ApiContext, replayed: boolean): void => {
  if (replayed) c.header('idempotency-replayed', 'true');
};
