import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** An archive with the same bytes each time. */
export const makeArchive = async (name: string, content: string) => {
  const archive = pack();
  archive.entry({ name, mtime: new Date(0) }, content);
  archive.finalize();
  const bytes = new Uint8Array(await buffer(archive));
  const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const gzip = gzipSync(bytes);
  // The tenth byte names the operating system.
  gzip[9] = 255;
  return { bytes, checksum, size: bytes.length, base64: gzip.toString('base64') };
};
