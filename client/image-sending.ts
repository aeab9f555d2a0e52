import { defined } from '../lib/defined.ts';
import { MAX_LAYERS, MAX_PARTS } from '../lib/element/registry/limits.ts';
import type { MetadataJson } from '../lib/element/shown-element.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { InputError } from '../lib/input-error.ts';
import { toBase64 } from './base64.ts';
import { assertAsAsked, type DataOfElements } from './data-of-elements.ts';
import type { Data } from './data-source.ts';
import type { ElementOf, Elements, NewElement } from './elements.ts';
import { type Descriptor, digestOf, type ImageManifest, readManifest, unique } from './image-manifest.ts';
import { isCode } from './problem-error.ts';
import type { UploadOptions } from './upload.ts';

/** An OCI image: the bytes of its manifest or index, and access to its blobs. */
export interface Image {
  readonly manifest: Uint8Array;
  /** A config, a layer, or a manifest of an index, by its digest. The client opens a layer only to send it. */
  open(digest: string): Promise<Data | undefined>;
}

export interface PushOptions extends UploadOptions {
  /** The metadata of the image's element. */
  readonly metadata?: { readonly ro?: MetadataJson; readonly rw?: MetadataJson };
  /** KiB. */
  readonly freeSpace?: number;
}

/** Layers sent at a time. */
const PARALLEL = 8;
/** The deepest nesting of indexes. */
const MAX_DEPTH = 4;

/** The digests that the service lacks; undefined for another error. */
const missingOf = (error: unknown): readonly string[] | undefined =>
  isCode(error, 'unknown-content') ? (error.problem.digests as readonly string[]) : undefined;

/** The first layers of an image with more references than one element may have; each group contains the one before. */
export const groupsOf = (digests: readonly string[]): string[][] => {
  const groups: string[][] = [];
  let own = new Set<string>();
  let from = 0;
  for (const [at, digest] of digests.entries()) {
    if ((own.size === MAX_PARTS && !own.has(digest)) || at - from === MAX_LAYERS) {
      groups.push(digests.slice(0, at));
      own = new Set();
      from = at;
    }
    own.add(digest);
  }
  return groups;
};

/** A push of one image: it creates the element first, then sends the blobs that the service reports as missing. */
export class ImageSending {
  readonly #elements: Elements;
  readonly #data: DataOfElements;
  readonly #location: string;
  readonly #repository: string;
  readonly #image: Image;
  readonly #options: PushOptions;
  /** Bytes of the layers to send, and bytes already sent. */
  #size = 0;
  readonly #done = new Map<string, number>();

  constructor(
    elements: Elements,
    data: DataOfElements,
    { location, repository }: { readonly location: string; readonly repository: string },
    image: Image,
    options: PushOptions,
  ) {
    this.#elements = elements;
    this.#data = data;
    this.#location = location;
    this.#repository = repository;
    this.#image = image;
    this.#options = options;
  }

  /** Makes an element of a manifest or an index and of all its references, unless it exists. Throws `InputError` for an invalid image. */
  async send(
    bytes: Uint8Array,
    said: Pick<PushOptions, 'metadata' | 'freeSpace'> = {},
    depth = 0,
  ): Promise<ElementOf> {
    if (depth > MAX_DEPTH) throw new InputError(`has indexes within indexes, more than ${MAX_DEPTH}`);
    const manifest = readManifest(bytes);
    const id = this.#idOf(`${this.#repository}@${manifest.digest}`);
    const found = await this.#find({ id, ...said });
    if (found) return found;
    const documents = unique([...(manifest.config ? [manifest.config] : []), ...manifest.others]);
    const blobs = await Promise.all(documents.map((each) => this.#read(each)));
    const digests = manifest.layers.map(({ digest }) => digest);
    let parentId: string | undefined;
    for (const layers of groupsOf(digests)) {
      const name = `layers@${digestOf(new TextEncoder().encode(layers.join(' ')))}`;
      const group = { id: this.#idOf(name), ...defined({ parentId }), oci: { layers } };
      parentId = ((await this.#find(group)) ?? (await this.#create(group, manifest, depth))).id;
    }
    const oci = { manifest: toBase64(bytes), ...(blobs.length > 0 ? { blobs: blobs.map(toBase64) } : {}) };
    return this.#create({ id, ...defined({ parentId }), ...said, oci }, manifest, depth);
  }

  #idOf(name: string): `image://${string}` {
    return `image://${this.#location}/${name}`;
  }

  async #open(digest: string): Promise<Data> {
    const data = await this.#image.open(digest);
    if (data === undefined) throw new InputError(`lacks ${digest}, which a manifest of it names`);
    return data;
  }

  async #read({ digest }: Descriptor): Promise<Uint8Array> {
    return this.#data.read(await this.#open(digest), this.#options.signal);
  }

  /** The existing element of this ID; undefined if there is none. Throws the collision if it differs from the request. */
  async #find(element: NewElement): Promise<ElementOf | undefined> {
    const { signal } = this.#options;
    try {
      const found = await this.#elements.read(element.id, { signal });
      assertAsAsked(found, element);
      return found;
    } catch (error) {
      if (isCode(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** Creates an element, and sends missing blobs until the service lacks none. If another caller created it meanwhile, answers that one. */
  async #create(element: NewElement, manifest: ImageManifest, depth: number): Promise<ElementOf> {
    const { signal } = this.#options;
    for (let before = Number.POSITIVE_INFINITY; ; ) {
      try {
        return await this.#elements.create(element, { signal });
      } catch (error) {
        const made = isCode(error, 'name-collision') ? await this.#find(element) : undefined;
        if (made) return made;
        const missing = missingOf(error);
        // Asks the service again, because others may have deleted blobs.
        if (!missing || missing.length >= before) throw error;
        before = missing.length;
        await this.#supply(new Set(missing), manifest, depth);
      }
    }
  }

  async #supply(missing: ReadonlySet<string>, manifest: ImageManifest, depth: number): Promise<void> {
    for (const each of unique(manifest.manifests)) {
      if (missing.has(each.digest)) await this.send(await this.#read(each), {}, depth + 1);
    }
    const layers = unique(manifest.layers).filter(({ digest }) => missing.has(digest));
    this.#size += layers.reduce((sum, { size }) => sum + size, 0);
    await inParallel(layers, this.#options.parallel ?? PARALLEL, this.#options.signal, (layer, signal) =>
      this.#sendLayer(layer, signal),
    );
  }

  async #sendLayer({ digest, size }: Descriptor, signal: AbortSignal): Promise<void> {
    const data = await this.#open(digest);
    const id = this.#idOf(`layer@${digest}`);
    const { memory } = this.#options;
    const upload = () =>
      this.#data.upload({ id, checksum: digest }, data, {
        signal,
        ...defined({ memory }),
        onProgress: ({ phase, done }) => this.#progress(digest, phase === 'sending' ? done : size),
      });
    try {
      await upload();
    } catch (error) {
      if (!isCode(error, 'name-collision')) throw error;
      const found = await this.#elements.read(id, { signal });
      if (found.state !== 'failed') throw error;
      // An earlier sender has sent other bytes under this digest.
      await this.#elements.delete(id, { signal, ifMatch: found.etag });
      await upload();
    }
    this.#progress(digest, size);
  }

  #progress(digest: string, bytes: number): void {
    this.#done.set(digest, bytes);
    const done = [...this.#done.values()].reduce((sum, each) => sum + each, 0);
    const phase = done < this.#size ? 'sending' : 'verifying';
    this.#options.onProgress?.({ phase, done, size: this.#size });
  }
}
