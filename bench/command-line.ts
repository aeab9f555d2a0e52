import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Taskport } from '../client/taskport.ts';
import { clientConfig } from '../infra/local/client-config.ts';
import { PUSH_BARS } from './bars.ts';
import { atLeast, type Figure, median } from './figures.ts';
import { startProduct } from './product.ts';
import { MIB, writeArchive } from './transfers.ts';

const PUSHES = 9;
const PUSHED = 512 * MIB;

/**
 * Time of `image push` from its first byte read to its last byte stored, over the bare client, which hashes nothing. The digest of a layer in an
 * OCI layout is known; `--checksum` gives that of a file. The digest of any other file is computed before the upload, which announces it. The
 * verification afterwards is measured with the transfers.
 */
export const measureCommandLine = async (): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    const taskport = new Taskport({ url: product.url });
    await taskport.locations.create({ name: 'bench', kind: 'image' });
    const { path, size, checksum } = await writeArchive(join(product.directory, 'pushed.tar'), PUSHED);
    const push = async (name: string, known: { readonly checksum?: string }): Promise<number> => {
      const from = performance.now();
      let storedAt: number | undefined;
      await taskport.data.upload({ id: `image://bench/${name}`, ...known }, path, {
        onProgress: ({ phase }) => {
          if (phase === 'verifying') storedAt ??= performance.now();
        },
      });
      return (storedAt ?? Number.NaN) - from;
    };
    const { upload } = await taskport.elements.create({
      id: 'image://bench/probe',
      size,
      checksum: `sha256:${'0'.repeat(64)}`,
      data: { upload: true },
    });
    const store = new URL(upload?.requests[0]?.url ?? '');
    const client = new S3Client({
      ...clientConfig(store.origin),
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const Bucket = store.pathname.split('/')[1] ?? '';
    const bare = async (round: number): Promise<number> => {
      const from = performance.now();
      const Body = createReadStream(path, { highWaterMark: MIB });
      await client.send(new PutObjectCommand({ Bucket, Key: `bare-${round}`, Body, ContentLength: size }));
      return performance.now() - from;
    };
    const layers: number[] = [];
    const files: number[] = [];
    for (let round = 0; round < PUSHES; round += 1) {
      const took = [
        () => bare(round),
        () => push(`layer-${round}`, { checksum }),
        () => push(`file-${round}`, {}),
      ];
      // Each goes first in its turn, so that pending writes to the disk favour none.
      const times: number[] = [];
      for (let n = 0; n < took.length; n += 1) {
        const at = (round + n) % took.length;
        times[at] = (await took[at]?.()) ?? Number.NaN;
      }
      const [alone = Number.NaN, layer = Number.NaN, file = Number.NaN] = times;
      layers.push(alone / layer);
      files.push(alone / file);
    }
    client.destroy();
    return [
      atLeast(
        'push of a layer of 512 MiB, throughput over the bare client’s',
        median(layers),
        PUSH_BARS.layer,
      ),
      atLeast(
        'push of a file of 512 MiB, hashed first, throughput over the bare client’s',
        median(files),
        PUSH_BARS.file,
      ),
    ];
  } finally {
    await product.stop();
  }
};
