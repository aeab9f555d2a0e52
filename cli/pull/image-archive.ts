import type { FileHandle } from 'node:fs/promises';
import { writeWhole } from '../../client/platform/whole-file.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { END, padding, tarHeader } from '../push/tar-header.ts';
import {
  blobPath,
  type ImageContents,
  type ImageName,
  indexOf,
  LAYOUT,
  loadedManifest,
  savedJson,
} from './image-contents.ts';

/** Takes the bytes of an archive in order. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

/** A file of an archive, whose bytes are in memory or still to be downloaded. */
export interface Entry {
  readonly name: string;
  readonly size: number;
  readonly write: (sink: Sink, signal: AbortSignal) => Promise<void>;
}

/** The most blobs to download at a time. */
const PARALLEL = 8;
const PLAIN = { uid: 0, gid: 0, modified: 0n } as const;

const headerOf = ({ name, size }: Entry): Buffer =>
  name.endsWith('/')
    ? tarHeader({ type: 'directory', name: Buffer.from(name), size: 0, mode: 0o755, ...PLAIN })
    : tarHeader({ type: 'file', name: Buffer.from(name), size, mode: 0o644, ...PLAIN });

export const ofBytes = (name: string, bytes: Uint8Array): Entry => ({
  name,
  size: bytes.length,
  write: (sink) => sink(bytes),
});

/** The entries of an oci-archive, including those that Docker before version 25 needs. */
const entriesOf = (contents: ImageContents, name: ImageName | undefined): Entry[] => {
  const { manifests, blobs } = contents;
  const loaded = loadedManifest(contents);
  const saved =
    loaded?.config &&
    savedJson(
      name,
      blobPath(loaded.config.digest),
      loaded.layers.map(({ digest }) => blobPath(digest)),
    );
  return [
    ofBytes('oci-layout', Buffer.from(LAYOUT)),
    ofBytes('index.json', Buffer.from(indexOf(contents, name))),
    ...(saved === undefined ? [] : [ofBytes('manifest.json', Buffer.from(saved))]),
    ofBytes('blobs/', Buffer.alloc(0)),
    ofBytes('blobs/sha256/', Buffer.alloc(0)),
    ...manifests.map(({ digest, bytes }) => ofBytes(blobPath(digest), bytes)),
    ...blobs.map((blob) => ({
      name: blobPath(blob.digest),
      size: blob.size,
      write: (sink: Sink, signal: AbortSignal) => contents.receive(blob, sink, signal),
    })),
  ];
};

/** Writes an archive in order into a stream. */
export const writeInOrder = async (
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> => {
  for await (const entry of entries) {
    await sink(headerOf(entry));
    await entry.write(sink, signal);
    await sink(padding(entry.size));
  }
  await sink(END);
};

/** Writes an archive into a file, several entries at a time, each at its place. */
const writeAtOnce = async (
  entries: readonly Entry[],
  file: FileHandle,
  signal: AbortSignal,
): Promise<void> => {
  let end = 0;
  const placed = entries.map((entry) => {
    const header = headerOf(entry);
    const at = end;
    end += header.length + entry.size + padding(entry.size).length;
    return { entry, header, at };
  });
  // The file has zeros where nothing was written.
  await file.truncate(end + END.length);
  await inParallel(placed, PARALLEL, signal, async ({ entry, header, at }, either) => {
    let position = at;
    const sink: Sink = async (bytes) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position);
        done += bytesWritten;
        position += bytesWritten;
      }
    };
    await sink(header);
    await entry.write(sink, either);
  });
};

/** Writes an image as an oci-archive: into a file, or in order into a stream. */
export const writeOciArchive = async (
  onto: string | Sink,
  contents: ImageContents,
  name: ImageName | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const entries = entriesOf(contents, name);
  if (typeof onto === 'string') await writeWhole(onto, (file) => writeAtOnce(entries, file, signal));
  else await writeInOrder(entries, onto, signal);
};
