import type { PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { defined } from '../../defined.ts';
import type { Checksum } from '../../element/checksum.ts';
import type { SignedRequest } from '../../element/upload/upload-schema.ts';

/**
 * Headers that hold a request to what it was signed for. Left to itself the presigner moves them into the query
 * or leaves them out, and then nothing is enforced.
 */
const ENFORCED = new Set(['content-length', 'if-none-match', 'x-amz-checksum-sha256']);
const SIGNED = new Set(['host', ...ENFORCED]);

/** S3's way to write a SHA-256, and ours. */
export const sha256ToBase64 = (checksum: Checksum): string =>
  Buffer.from(checksum.slice(checksum.indexOf(':') + 1), 'hex').toString('base64');
export const sha256FromBase64 = (text: string): Checksum =>
  `sha256:${Buffer.from(text, 'base64').toString('hex')}`;

/** Signs a request that puts the bytes `from` to before `to`; its length is signed with it. */
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
