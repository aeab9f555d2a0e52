import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Taskport } from '../client/taskport.ts';
import { clientConfig } from '../infra/local/client-config.ts';
import { HELP_BAR, PUSH_BAR } from './bars.ts';
import { atLeast, atMost, type Figure, median } from './figures.ts';
import { startProduct } from './product.ts';
import { MIB, writeArchive } from './transfers.ts';

const STARTS = 25;
const PUSHES = 6;
const PUSHED = 512 * MIB;
const ROOT = join(import.meta.dirname, '..');

const startTime = (...args: readonly string[]): number => {
  const from = performance.now();
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
  return performance.now() - from;
};

/** How long `taskport --help` takes over a Node that does nothing. */
const measureHelp = (): Figure => {
  const ratios = Array.from(
    { length: STARTS },
    () => startTime('dist/main.js', '--help') / startTime('-e', '0'),
  );
  return atMost('start of the command line (--help) over that of node -e 0', median(ratios), HELP_BAR);
};

/**
 * What `image push` does of a file, from its first byte read to its last byte stored: it is hashed before it is announced. Over the
 * bare client, which hashes nothing. That the service reads it back afterwards is measured with the transfers.
 */
const measurePush = async (): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    const taskport = new Taskport({ url: product.url });
    await taskport.locations.create({ name: 'bench', kind: 'image' });
    const { path, size } = await writeArchive(join(product.directory, 'pushed.tar'), PUSHED);
    const push = async (round: number): Promise<{ whole: number; sending: number }> => {
      const from = performance.now();
      const begun = new Map<string, number>();
      await taskport.data.upload({ id: `image://bench/pushed-${round}` }, path, {
        onProgress: ({ phase }) => {
          if (!begun.has(phase)) begun.set(phase, performance.now());
        },
      });
      const sent = begun.get('verifying') ?? Number.NaN;
      return { whole: sent - from, sending: sent - (begun.get('sending') ?? Number.NaN) };
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
    const whole: number[] = [];
    const sending: number[] = [];
    for (let round = 0; round < PUSHES; round += 1) {
      const first = round % 2 === 0 ? await bare(round) : undefined;
      const pushed = await push(round);
      const took = first ?? (await bare(round));
      whole.push(took / pushed.whole);
      sending.push(took / pushed.sending);
    }
    client.destroy();
    return [
      atLeast('push of 512 MiB, sending alone, throughput over the bare client’s', median(sending), PUSH_BAR),
      atLeast(
        'push of 512 MiB, hashing included, throughput over the bare client’s',
        median(whole),
        PUSH_BAR,
      ),
    ];
  } finally {
    await product.stop();
  }
};

/** The command line beside what it stands on. */
export const measureCommandLine = async (): Promise<Figure[]> => [measureHelp(), ...(await measurePush())];
