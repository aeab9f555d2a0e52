import * as z from 'zod/mini';
import type { Shown } from '../../shown.ts';
import type { Checksum } from '../checksum.ts';
import { DIGEST } from './repository.ts';

const text = z.string().check(z.minLength(1), z.maxLength(1024));

/** A digest as content is addressed here. */
export const sha256Digest = z
  .string()
  .check(z.regex(DIGEST, 'must be `sha256:` and 64 hexadecimal digits in lower case: build it with SHA-256'));

export const annotations = z.record(z.string(), z.string());

/** The platform of a manifest, as an index states it. */
const platform = z.looseObject({
  architecture: text,
  os: text,
  variant: z.optional(z.string()),
  'os.version': z.optional(z.string()),
});
export type Platform = Pick<Shown<typeof platform>, 'architecture' | 'os' | 'variant' | 'os.version'>;

/** A reference from one document to other content (OCI image specification, descriptor). */
export const descriptor = z.looseObject({
  mediaType: text,
  digest: sha256Digest,
  size: z.int().check(z.minimum(0)),
  urls: z.optional(z.array(z.string())),
  annotations: z.optional(annotations),
  artifactType: z.optional(text),
  platform: z.optional(platform),
});
type Parsed = Shown<typeof descriptor>;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Checksum;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A parsed descriptor. */
export interface ParsedDescriptor extends Pick<Parsed, 'mediaType' | 'size' | 'urls' | 'platform'> {
  readonly digest: Checksum;
}
