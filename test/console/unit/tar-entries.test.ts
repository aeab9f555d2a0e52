import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { tarEntries, unpacked } from '../../../console/contents/tar-entries.ts';

const long = `${'deep/'.repeat(60)}file`;

const packed = async (): Promise<Buffer> => {
  const pack = tar.pack();
  pack.entry({ name: './etc/', type: 'directory' });
  pack.entry({ name: './etc/motd', mtime: new Date(5_000) }, 'x'.repeat(700));
  pack.entry({ name: 'etc/link', type: 'symlink', linkname: '/etc/motd' });
  pack.entry({ name: long }, 'y');
  pack.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of pack) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
};

const listed = async (bytes: Uint8Array, piece: number) => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, at) =>
    bytes.subarray(at * piece, (at + 1) * piece),
  );
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const each of pieces) controller.enqueue(each);
      controller.close();
    },
  });
  const found = [];
  for await (const { path, type, size, target } of tarEntries(await unpacked(stream)))
    found.push({ path, type, size, target });
  return found;
};

describe('the files of an archive', () => {
  const files = [
    { path: 'etc', type: 'directory', size: 0, target: '' },
    { path: 'etc/motd', type: 'file', size: 700, target: '' },
    { path: 'etc/link', type: 'link', size: 0, target: '/etc/motd' },
    { path: long, type: 'file', size: 1, target: '' },
  ];

  it.each([97, 512, 1_000_000])('are listed, compressed or not, for chunks of %i bytes', async (piece) => {
    const bytes = await packed();
    expect(await listed(bytes, piece)).toEqual(files);
    expect(await listed(gzipSync(bytes), piece)).toEqual(files);
  });

  it('in a format that browsers cannot unpack are offered as a download', async () => {
    await expect(listed(Buffer.from('28b52ffd00', 'hex'), 100)).rejects.toThrow('download');
  });
});
