import type { FileSlice } from '../../client/data-source.ts';
import {
  type Descriptor,
  descriptorOf,
  digestOf,
  type ImageManifest,
  parseDocument,
  readManifest,
} from '../../client/image-manifest.ts';
import { InputError } from '../../lib/input-error.ts';
import { UsageError } from '../usage-error.ts';
import { type ImageFiles, readSlice } from './image-files.ts';

/** Bytes in memory or in a file. */
export type Content = FileSlice | Uint8Array;

/** The images of a tool, with access to their parts by digest. */
export interface ImageStore {
  /** A description for people. */
  readonly path: string;
  /** Images, indexes, and documents about them; their names are annotations. */
  readonly offers: readonly Descriptor[];
  find(digest: string): Promise<Content | undefined>;
  /** Contents that are not pushed, for people. */
  readonly leftOut?: string;
  close(): Promise<void>;
}

const hexOf = (digest: string): string => digest.slice('sha256:'.length);

/** A parsed document, or a `UsageError` that names it. */
export const naming = <T>(what: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(`${what} ${error.message}`);
    throw error;
  }
};

const bytesOf = async (content: Content, what: string): Promise<Uint8Array> =>
  content instanceof Uint8Array ? content : readSlice(content, what);

/** A document by its digest. Throws `UsageError` if it is missing, or its digest differs. */
export const readDocument = async (store: ImageStore, digest: string): Promise<Uint8Array> => {
  const found = await store.find(digest);
  if (!found) throw new UsageError(`${store.path} lacks the document ${digest} that it names`);
  const what = `${store.path}: the document ${digest}`;
  const bytes = await bytesOf(found, what);
  const actual = digestOf(bytes);
  if (actual !== digest) throw new UsageError(`${what} is ${actual}`);
  return bytes;
};

/** A manifest or an index by its digest, with its bytes. Throws `UsageError`. */
export const openManifest = async (
  store: ImageStore,
  digest: string,
): Promise<ImageManifest & { readonly bytes: Uint8Array }> => {
  const bytes = await readDocument(store, digest);
  return { bytes, ...naming(`${store.path}: ${digest}`, () => readManifest(bytes)) };
};

/** The whole content of a required file. Throws `UsageError`. */
export const readFile = async (files: ImageFiles, name: string, lack: string): Promise<Uint8Array> => {
  const found = await files.find(name);
  if (!found) throw new UsageError(`${files.path} ${lack}`);
  return readSlice(found, `${files.path}: ${name}`);
};

/** An OCI image layout. Throws `UsageError`. */
export const readLayout = async (files: ImageFiles): Promise<ImageStore> => {
  const index = await readFile(files, 'index.json', 'has oci-layout but no index.json');
  const what = `${files.path}: index.json`;
  const { manifests } = naming(what, () => parseDocument(index));
  if (!Array.isArray(manifests) || manifests.length === 0) throw new UsageError(`${what} names no image`);
  const offers = manifests.map((each, at) => naming(what, () => descriptorOf(each, `manifests[${at}]`)));
  return {
    path: files.path,
    offers,
    find: (digest) => files.find(`blobs/sha256/${hexOf(digest)}`),
    close: files.close,
  };
};

/** The format of `skopeo copy … dir:`: files named by their digests. Throws `UsageError`. */
export const readTransport = async (files: ImageFiles): Promise<ImageStore> => {
  const bytes = await readFile(files, 'manifest.json', 'has a version but no manifest.json');
  const { digest, mediaType } = naming(`${files.path}: manifest.json`, () => readManifest(bytes));
  const isSigned = (await files.find('signature-1')) !== undefined;
  const find = async (wanted: string): Promise<Content | undefined> => {
    if (wanted === digest) return bytes;
    for (const suffix of ['', '.manifest.json', '.tar']) {
      const found = await files.find(`${hexOf(wanted)}${suffix}`);
      if (found) return found;
    }
    return undefined;
  };
  return {
    path: files.path,
    offers: [{ digest, mediaType, size: bytes.length }],
    find,
    close: files.close,
    ...(isSigned ? { leftOut: 'its signatures, which have no OCI format' } : {}),
  };
};
