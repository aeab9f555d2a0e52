/** The diff ID of a layer: the digest of its tar archive, for any compression and any chunks. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArchiveMeter } from '../../../../lib/element/archive/archive.ts';
import { checkData } from '../../../../lib/element/element-data.ts';
import { rules } from '../../../../lib/kind/index.ts';
import { digest } from '../../../functions/api/support.ts';
import { archiveOf } from '../../../uploading.ts';

/** A tar archive, and the same compressed by `zstd -19`. */
const ZSTD = Buffer.from(
  'KLUv/WQAJz0CAKKCCRGwqQMAXTlEdEkMEo+yXhUKUoPbVcnFvuGBveuddETSs6VICJkTDCCAmWMc9gU4DigE6RSAZzDS+Zns0QAeMCiA3aS67xoW5A==',
  'base64',
);
/** By `zstd -dc | sha256sum`. */
const ZSTD_DIFF_ID = 'sha256:46f62e20ae207c6387dab3e5b903b02fd4a3dc85011532bf9984446c566b4e3b';

let archive: Buffer;
beforeAll(async () => {
  // Bytes after the end of an archive are part of the layer.
  archive = Buffer.concat([
    await archiveOf({ name: 'tool', content: randomBytes(30_000) }),
    Buffer.alloc(4096, 7),
  ]);
});

const OCI = 'application/vnd.oci.image.layer.v1.tar';

describe('the diff ID of a layer', () => {
  it('is the digest of the tar archive, and its digest that of the bytes', async () => {
    const diffId = digest('sha256', archive);
    const halves = [archive.subarray(0, 9_000), archive.subarray(9_000)];
    for (const [bytes, mediaType] of [
      [archive, OCI],
      [gzipSync(archive), `${OCI}+gzip`],
      [Buffer.concat(halves.map((half) => gzipSync(half))), `${OCI}+gzip`],
    ] as const) {
      const { layer } = await checkData(bytes, rules.image);
      expect(layer).toEqual({ digest: digest('sha256', bytes), diffId, mediaType, size: bytes.length });
    }
    const { layer } = await checkData(ZSTD, rules.image);
    expect(layer).toEqual({
      digest: digest('sha256', ZSTD),
      diffId: ZSTD_DIFF_ID,
      mediaType: `${OCI}+zstd`,
      size: ZSTD.length,
    });
  });

  it('is by SHA-256, for any algorithm of the checksum', async () => {
    const packed = gzipSync(archive);
    const { data, layer } = await checkData(
      packed,
      rules.image,
      digest('sha512', packed) as `sha512:${string}`,
    );
    expect(data.checksum).toBe(digest('sha512', packed));
    expect(layer).toMatchObject({ digest: digest('sha256', packed), diffId: digest('sha256', archive) });
  });

  it('does not depend on the chunks of the archive', async () => {
    const packed = gzipSync(archive);
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (each) => {
        const meter = new ArchiveMeter({ isLayer: true });
        for (let at = 0, turn = 0; at < packed.length; turn += 1) {
          const size = each[turn % each.length] as number;
          await meter.write(packed.subarray(at, at + size));
          at += size;
        }
        expect((await meter.end()).diffId).toBe(digest('sha256', archive));
      }),
      { numRuns: 20 },
    );
  });

  it('exists for images only', async () => {
    expect((await checkData(gzipSync(archive), rules.volume)).layer).toBeUndefined();
  });
});
