import { platform } from '#platform';
import { type DownloadOptions, readFrom, receive } from './download.ts';
import type { CallOptions } from './http.ts';
import { type Descriptor, type ImageManifest, readManifest } from './image-manifest.ts';
import type { Take } from './platform/platform.ts';
import type { Registry } from './registry.ts';

/** A manifest or a blob of an image. */
type Part = Pick<Descriptor, 'digest' | 'size'>;

/** Fewer layers than this are found one by one. */
const FEW = 4;
/** Milliseconds for which a URL of a layer is used; it is valid for five minutes. */
const FRESH_MS = 4 * 60_000;

/** An image of the service, whose parts can be fetched. */
export class RemoteImage {
  readonly #registry: Registry;
  readonly #repository: string;
  /** URLs of layers. */
  readonly #urls = new Map<string, { readonly url: string; readonly until: number }>();
  /** The ID of its element. */
  readonly id: string;
  /** The digest of its manifest or index. */
  readonly digest: string;

  constructor(registry: Registry, repository: string, id: string, digest: string) {
    this.#registry = registry;
    this.#repository = repository;
    this.id = id;
    this.digest = digest;
  }

  /** One of the images in its index. */
  of(digest: string): RemoteImage {
    return new RemoteImage(this.#registry, this.#repository, this.id, digest);
  }

  /** Its manifest or index, or one of the manifests in its index, with the original bytes. */
  async manifest(
    digest = this.digest,
    options: DownloadOptions = {},
  ): Promise<ImageManifest & { readonly bytes: Uint8Array }> {
    const bytes = await this.#bytes('manifests', { digest, size: 0 }, options);
    return { bytes, ...readManifest(bytes) };
  }

  /** Finds the layers of a manifest by one call, which otherwise takes one for each layer. */
  async findLayers({ digest, layers }: ImageManifest, { signal }: CallOptions = {}): Promise<void> {
    if (layers.length < FEW) return;
    const until = Date.now() + FRESH_MS;
    for (const [layer, url] of await this.#registry.layers(this.#repository, digest, signal))
      this.#urls.set(layer, { url, until });
  }

  /** A config, or another small blob. */
  read(part: Part, options: DownloadOptions = {}): Promise<Uint8Array> {
    return this.#bytes('blobs', part, options);
  }

  /** Fetches a blob into a file, or passes each chunk on; settles once the blob is verified. Throws `ChecksumError`. */
  receive(part: Part, onto: string | Take, options: DownloadOptions = {}): Promise<void> {
    const write = (take: Take) => this.#receive('blobs', part, take, options);
    return typeof onto === 'string' ? platform.writeFile(onto, write) : write(onto);
  }

  async #bytes(noun: 'manifests' | 'blobs', part: Part, options: DownloadOptions): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    await this.#receive(noun, part, async (chunk) => void chunks.push(chunk), options);
    const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  async #receive(
    noun: 'manifests' | 'blobs',
    { digest, size }: Part,
    take: Take,
    options: DownloadOptions,
  ): Promise<void> {
    const url = this.#registry.urlOf(this.#repository, noun, digest);
    const found = this.#urls.get(digest);
    let known = found && found.until > Date.now() ? found.url : undefined;
    let asked = known ?? url;
    const onRedirect = (to: string): void => {
      asked = to;
    };
    await receive(
      {
        id: digest,
        checksum: digest,
        size,
        url: () => asked,
        read: (offset, signal) => {
          const direct = known;
          // A further try asks the service again.
          known = undefined;
          return direct === undefined
            ? this.#registry.read(url, offset, signal, onRedirect)
            : readFrom(direct, offset, signal);
        },
        renew: async () => {},
      },
      take,
      options,
    );
  }
}
