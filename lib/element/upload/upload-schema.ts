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
  url: described(url, 'The URL of the request.'),
  headers: described(z.record(z.string(), z.string()), 'The signed headers. Send all of them unchanged.'),
  from: described(z.int(), 'The offset of the first byte of the data that the request carries.'),
  to: described(z.int(), 'The offset after the last byte that the request carries.'),
});
export type SignedRequest = Shown<typeof signedRequest>;

/** An upload as the API shows it; the requests come in pages. */
export const upload = z.object({
  expiresAt: described(
    time,
    'The time at which the requests expire. Read the upload again at any time for new requests.',
  ),
  requests: described(
    z.array(signedRequest),
    'The signed requests. Send each unchanged, with its part of the data, in any order.',
  ),
  cursor: optional(opaque, 'The cursor of the next page of requests. Absent on the last page.'),
});
export type UploadJson = Shown<typeof upload>;
