import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Descriptor, parseDocument, unique } from '../../client/image-manifest.ts';
import { writeWhole } from '../../client/platform/whole-file.ts';
import { decompressor } from '../../lib/element/archive/decompressor.ts';
import { readMagic } from '../push/image-files.ts';
import { UsageError } from '../usage-error.ts';
import { type Entry, ofBytes, type Sink, writeInOrder } from './image-archive.ts';
import { type ImageContents, type ImageName, loadedManifest, savedJson } from './image-contents.ts';

const hexOf = (digest: string): string => digest.slice('sha256:'.length);

const ofFile = async (name: string, path: string): Promise<Entry> => ({
  name,
  size: (await stat(path)).size,
  write: async (sink) => {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) await sink(chunk);
  },
});

/** A decompressed layer in a temporary directory. */
const fetchLayer = async (
  contents: ImageContents,
  layer: Descriptor,
  directory: string,
  signal: AbortSignal,
): Promise<string> => {
  const [packed, plain] = [join(directory, 'packed'), join(directory, 'plain')];
  await contents.receive(layer, packed, signal);
  const unpacking = decompressor(await readMagic({ path: packed, from: 0, size: layer.size }));
  if (!unpacking) return packed;
  await pipeline(createReadStream(packed), unpacking, createWriteStream(plain), { signal });
  return plain;
};

async function* entriesOf(
  contents: ImageContents,
  name: ImageName | undefined,
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<Entry> {
  const { image } = contents;
  const manifest = loadedManifest(contents);
  if (!manifest?.config) throw new UsageError(`${image.id} is no image that Docker loads`);
  const config = await image.read(manifest.config, { signal });
  const { rootfs } = parseDocument(config) as { rootfs: { diff_ids: readonly string[] } };
  const fileOf = (digest: string): string => {
    const at = manifest.layers.findIndex((layer) => layer.digest === digest);
    return `${hexOf(rootfs.diff_ids[at] ?? digest)}.tar`;
  };
  for (const layer of unique(manifest.layers)) {
    yield await ofFile(fileOf(layer.digest), await fetchLayer(contents, layer, directory, signal));
  }
  const configFile = `${hexOf(manifest.config.digest)}.json`;
  yield ofBytes(configFile, config);
  const layers = manifest.layers.map(({ digest }) => fileOf(digest));
  yield ofBytes('manifest.json', Buffer.from(savedJson(name, configFile, layers)));
}

/** Writes an image in the format of `docker save`, with decompressed layers: into a file, or in order into a stream. */
export const writeDockerArchive = async (
  onto: string | Sink,
  contents: ImageContents,
  name: ImageName | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'taskport-'));
  const entries = entriesOf(contents, name, directory, signal);
  try {
    if (typeof onto !== 'string') await writeInOrder(entries, onto, signal);
    else
      await writeWhole(onto, (file) =>
        writeInOrder(entries, async (bytes) => void (await file.writeFile(bytes)), signal),
      );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
