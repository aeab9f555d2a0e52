import { platform } from '#platform';
import type { UploadedPart } from '../lib/element/blob-store.ts';
import type { MetadataJson } from '../lib/element/shown-element.ts';
import type { UploadJson } from '../lib/element/upload/upload-schema.ts';
import { toBase64 } from './base64.ts';
import type { Data, DataSource } from './data-source.ts';
import { type DownloadOptions, receiveData } from './download.ts';
import type { AwaitedElement, ElementDescription, ElementOf, Elements, ReadElement } from './elements.ts';
import type { Take } from './platform/platform.ts';
import { conflict, isCode } from './problem-error.ts';
import type { KindOf } from './spec.ts';
import { untilSettled } from './until-settled.ts';
import { sendData, type UploadOptions } from './upload.ts';

/** The most bytes of inline data. */
const MAX_INLINE_BYTES = 4 * 2 ** 20;

/** Uploads and downloads of elements' data, of any size. */
export class DataOfElements {
  readonly #elements: Elements;

  constructor(elements: Elements) {
    this.#elements = elements;
  }

  /**
   * Creates an element with data, and answers it once it is `ready`. It continues with an existing element that awaits the same data, and answers
   * one that already has it under the same parent. If the metadata or free space of the existing element differs, it throws the collision. With a
   * checksum, the client does not compute one; the service verifies the data against it. Throws `ProblemError` if the service refuses the data.
   */
  async upload<I extends string>(
    element: ElementDescription<I>,
    data: Data,
    options: UploadOptions = {},
  ): Promise<ElementOf> {
    const { signal } = options;
    return this.#with(data, element.checksum, options, async (source, checksum) => {
      const { size } = source;
      try {
        const created = await this.#create({ ...element, checksum }, source, signal);
        return created.upload ? await this.#send(element.id, source, created.upload, options) : created;
      } catch (error) {
        if (!isCode(error, 'name-collision')) throw error;
        const found = await this.#elements.read(element.id, { signal });
        const isSame = found.checksum === checksum && found.size === size && isChild(found, element.parentId);
        if (!isSame || found.state === 'failed') throw error;
        assertAsAsked(found, element);
        return found.state === 'ready' ? found : await this.#goOn(found, source, options);
      }
    });
  }

  /** Sends small data in the call. Sends data by signed requests if it is large, or unpacks to more than the service reads in a call. */
  async #create<I extends string>(
    element: ElementDescription<I>,
    source: DataSource,
    signal: AbortSignal | undefined,
  ): Promise<AwaitedElement<KindOf<I>>> {
    if (source.size <= MAX_INLINE_BYTES) {
      try {
        const base64 = toBase64(await source.bytes());
        return await this.#elements.create<I>({ ...element, data: { base64 } }, { signal });
      } catch (error) {
        if (!isCode(error, 'payload-too-large')) throw error;
      }
    }
    return this.#elements.create<I>({ ...element, size: source.size, data: { upload: true } }, { signal });
  }

  /**
   * Replaces the data of a volume, and answers the volume once it has the new data. With a checksum, the client does not compute one. With an
   * entity tag, the service refuses if the volume has changed since.
   */
  async replace(
    volumeId: string,
    data: Data,
    options: UploadOptions & { readonly checksum?: string; readonly ifMatch?: string } = {},
  ): Promise<ElementOf> {
    return this.#with(data, options.checksum, options, async (source, checksum) => {
      const { signal, ifMatch } = options;
      const request = { size: source.size, checksum };
      const { upload } = await this.#elements.replaceData(volumeId, request, { signal, ifMatch });
      return this.#send(volumeId, source, upload, options);
    });
  }

  /** All bytes of small data, inline or from the store. */
  async read(data: Data, signal?: AbortSignal): Promise<Uint8Array> {
    const source = await platform.openData(data, signal);
    return source.bytes().finally(() => source.close());
  }

  /** Downloads data into a file, or passes each chunk on; settles once the data is verified. Throws `ChecksumError`. */
  download(
    id: string,
    onto: string | Take,
    options: DownloadOptions = {},
  ): Promise<{ readonly size: number; readonly checksum: string }> {
    const receive = (take: Take) => receiveData(this.#elements, id, take, options);
    return typeof onto === 'string' ? platform.writeFile(onto, receive) : receive(onto);
  }

  async #with<T>(
    data: Data,
    known: string | undefined,
    { signal, onProgress }: UploadOptions,
    act: (source: DataSource, checksum: string) => Promise<T>,
  ): Promise<T> {
    const source = await platform.openData(data, signal);
    try {
      let done = 0;
      const onBytes = (bytes: number): void => {
        done += bytes;
        onProgress?.({ phase: 'reading', done, size: source.size });
      };
      return await act(source, known ?? (await source.checksum(onBytes)));
    } finally {
      await source.close();
    }
  }

  async #send(
    id: string,
    source: DataSource,
    begun: UploadJson | undefined,
    options: UploadOptions,
  ): Promise<ElementOf> {
    const { signal } = options;
    const readUpload = (cursor?: string) => this.#elements.readUpload(id, cursor, { signal });
    const parts = await sendData(readUpload, source, begun, options);
    return this.#complete(id, parts, source.size, options);
  }

  async #goOn(found: ReadElement, source: DataSource, options: UploadOptions): Promise<ElementOf> {
    if (found.state === 'verifying') return this.#complete(found.id, [], source.size, options);
    return this.#send(found.id, source, undefined, options);
  }

  /** Repeats the completion until the service has accepted or refused the data. */
  #complete(
    id: string,
    parts: readonly UploadedPart[],
    size: number,
    { signal, onProgress }: UploadOptions,
  ): Promise<ElementOf> {
    const named = parts.length === 0 ? undefined : parts;
    return untilSettled(async () => {
      const { element, isSettled } = await this.#elements.completeUpload(id, named, { signal });
      if (isSettled) return element;
      onProgress?.({ phase: 'verifying', done: size, size });
      return undefined;
    }, signal);
  }
}

/** Metadata that is valid text may come as a string. */
const bytesOf = (value: MetadataJson[string] | undefined): string | undefined =>
  typeof value === 'string' ? toBase64(new TextEncoder().encode(value)) : value?.base64;

/** Throws `name-collision` if the element differs from the request in more than the data. */
export const assertAsAsked = (
  { id, metadata: kept = {}, freeSpace: keptSpace }: ReadElement,
  { metadata = {}, freeSpace }: Pick<ElementDescription, 'metadata' | 'freeSpace'>,
): void => {
  const differing = (['ro', 'rw'] as const).flatMap((map) =>
    Object.entries(metadata[map] ?? {})
      .filter(([key, value]) => bytesOf(kept[map]?.[key]) !== bytesOf(value))
      .map(([key]) => `${map}.${key}`),
  );
  if (freeSpace !== undefined && freeSpace !== keptSpace) differing.push('freeSpace');
  if (differing.length === 0) return;
  const isFixed = differing.some((key) => key.startsWith('ro.'));
  const detail = `${id} exists already, with the same data but other metadata (${differing.join(', ')}): take another name${isFixed ? '' : ', or update its metadata'}`;
  throw conflict('name-collision', detail, id);
};

const isChild = ({ parentId }: ReadElement, wanted: string | undefined): boolean =>
  (parentId ?? 'scratch:') === (wanted ?? 'scratch:');
