import * as z from 'zod/mini';
import { described, optional } from '../../facts.ts';
import { opaque, time, url } from '../../formats.ts';
import type { Shown } from '../../shown.ts';

/**
 * A signed request that any program can send unchanged until it expires: the bytes `from` to before `to` of the
 * data.
 */
export const signedRequest = z.object({
  method: described(z.literal('PUT'), 'The method of the request.'),
  url: described(url, 'Where it is sent.'),
  headers: described(
    z.record(z.string(), z.string()),
    'Part of the signature: all of them must be sent as they are.',
  ),
  from: described(z.int(), 'The first byte of the data that it carries.'),
  to: described(z.int(), 'The byte after the last.'),
});
export type SignedRequest = Shown<typeof signedRequest>;

/** An upload as the API shows it; the requests come in pages. */
export const upload = z.object({
  expiresAt: described(
    time,
    'When the requests expire. Read the upload again for new ones, before that or after.',
  ),
  requests: described(
    z.array(signedRequest),
    'To be sent as they are, in any order, each with its part of the data.',
  ),
  cursor: optional(opaque, 'Where the next page of requests begins; absent on the last.'),
});
export type UploadJson = Shown<typeof upload>;
