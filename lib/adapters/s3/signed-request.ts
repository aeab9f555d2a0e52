import type { PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { defined } from '../../defined.ts';
import type { Checksum } from '../../element/checksum.ts';
import type { SignedRequest } from '../../element/upload/upload-schema.ts';

/**
 * Headers that limit a request to what was signed. By itself the presigner moves them into the query or leaves
 * them out, and then S3 enforces nothing.
 */
const ENFORCED = new Set(['content-length', 'if-none-match', 'x-amz-checksum-sha256']);
const SIGNED = new Set(['host', ...ENFORCED]);

/** Converts our form of a SHA-256 to that of S3. */
export const sha256ToBase64 = (checksum: Checksum): string =>
  Buffer.from(checksum.slice(checksum.indexOf(':') + 1), 'hex').toString('base64');
export const sha256FromBase64 = (text: string): Checksum =>
  `sha256:${Buffer.from(text, 'base64').toString('hex')}`;

/** Signs a request that uploads the bytes `from` to before `to`; the signature includes their length. */
export const signRequest = async (
  client: S3Client,
  command: PutObjectCommand | UploadPartCommand,
  { from, to }: { readonly from: number; readonly to: number },
  seconds: number,
): Promise<SignedRequest> => {
  const url = await getSignedUrl(client, command as PutObjectCommand, {
    expiresIn: seconds,
    unhoistableHeaders: ENFORCED,
    signableHeaders: SIGNED,
  });
  const { ChecksumSHA256, IfNoneMatch } = command.input as { ChecksumSHA256?: string; IfNoneMatch?: string };
  return {
    method: 'PUT',
    url,
    headers: defined({
      'content-length': String(to - from),
      'if-none-match': IfNoneMatch,
      'x-amz-checksum-sha256': ChecksumSHA256,
    }),
    from,
    to,
  };
};
