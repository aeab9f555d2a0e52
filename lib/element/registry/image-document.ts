import * as z from 'zod/mini';
import { invalidRequest } from '../../errors.ts';
import { validate } from '../../validation.ts';
import type { Checksum } from '../checksum.ts';
import { sha256Digest } from './descriptor.ts';
import { parseDocument } from './document.ts';

/** More than a manifest has layers. */
const MAX_DIFF_IDS = 1_000;

const imageConfig = z.looseObject({
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(sha256Digest) }),
});
const known = new Set(['rootfs', 'diff_ids']);

export interface ImageConfig {
  readonly rootfs: { readonly diff_ids: readonly Checksum[] };
}

/** Reads the config of an image. Throws `invalid-request`. */
export const parseImageConfig = (bytes: Uint8Array, path: string): ImageConfig => {
  const document = parseDocument(bytes, path, known);
  const { length } = Object(Object(document.rootfs).diff_ids) as { length?: unknown };
  if (typeof length === 'number' && length > MAX_DIFF_IDS) {
    const message = `has ${length} entries: use at most ${MAX_DIFF_IDS}`;
    throw invalidRequest({ path: `${path}.rootfs.diff_ids`, message });
  }
  return validate(imageConfig, document, path) as unknown as ImageConfig;
};
