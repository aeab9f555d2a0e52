import { createHash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import { packed } from './openapi-packed.ts';

/** The OpenAPI document of this very version, as JSON; docs/openapi.json is the same for people. */
export const readOpenApi = (): string => brotliDecompressSync(Buffer.from(packed, 'base64')).toString('utf8');

/** Its entity tag: it is the same for as long as the version is. */
export const openApiTag = `"${createHash('sha256').update(packed).digest('base64url')}"`;
