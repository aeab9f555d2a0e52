import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { tarEntries, unpacked } from '../../../console/contents/tar-entries.ts';
import { ByteSource } from '../../../lib/element/archive/byte-source.ts';
import { readTar } from '../../../lib/element/archive/tar-reader.ts';
import { entries } from '../../archives/entries.ts';
import { extensions } from '../../archives/extensions.ts';
import { formats } from '../../archives/formats.ts';
import { layers } from '../../archives/layers.ts';
import { names } from '../../archives/names.ts';
import { archive, file, header } from '../../archives/tar-bytes.ts';

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

  /** An entry as far as the service and the console tell the same of it. */
  const told = (path: string, size: number, type: string) => ({
    path: path.replace(/^(\.?\/)+|\/+$/g, ''),
    size,
    isFile: type === 'file',
  });
  const found = async (bytes: Uint8Array) => {
    const all: ReturnType<typeof told>[] = [];
    const source = new ByteSource(Readable.from([bytes]));
    await readTar(source, ({ name, size, type }) => {
      all.push(told(Buffer.from(name, 'latin1').toString(), size, type));
      return undefined;
    });
    return all;
  };

  it('are those that the service finds, in each archive that it takes', async () => {
    let count = 0;
    const rows = { ...formats, ...entries, ...names, ...layers, ...extensions };
    for (const [row, cases] of Object.entries(rows))
      for (const [what, { make, answer }] of Object.entries(cases)) {
        if ('code' in answer) continue;
        const bytes = make();
        const shown = await listed(bytes, 1_000_000);
        expect(
          shown.map(({ path, size, type }) => told(path, size, type)),
          `${row}: ${what}`,
        ).toEqual(await found(bytes));
        count += 1;
      }
    expect(count).toBeGreaterThan(100);
  });

  it('end where something else is in place of a header', async () => {
    const bytes = archive(file('one', 'x'), header({ name: 'two' }, { sum: 'wrong' }));
    await expect(listed(bytes, 1_000)).rejects.toThrow('no header');
  });

  it('in a format that browsers cannot unpack are offered as a download', async () => {
    await expect(listed(Buffer.from('28b52ffd00', 'hex'), 100)).rejects.toThrow('download');
  });
});
