import { InputError } from '../lib/input-error.ts';
import type { DataOfElements } from './data-of-elements.ts';
import type { ElementOf, Elements } from './elements.ts';
import type { CallOptions } from './http.ts';
import { digestOf } from './image-manifest.ts';
import { parseReference, repositoryOf } from './image-reference.ts';
import { type Image, ImageSending, type PushOptions } from './image-sending.ts';
import type { Registry } from './registry.ts';
import { RemoteImage } from './remote-image.ts';
import type { Tags } from './tags.ts';

/** A pushed image. */
export interface PushedImage {
  readonly element: ElementOf;
  /** The tag that now names it; absent for a push by digest. */
  readonly tag?: string;
}

/** Whole OCI images: manifest, config and layers. */
export class Images {
  readonly #elements: Elements;
  readonly #data: DataOfElements;
  readonly #tags: Tags;
  readonly #registry: Registry;

  constructor(elements: Elements, data: DataOfElements, tags: Tags, registry: Registry) {
    this.#elements = elements;
    this.#data = data;
    this.#tags = tags;
    this.#registry = registry;
  }

  /**
   * Pushes an image to `image://<location>/<repository>[:<tag>]`: its element is `<repository>@<digest of its manifest>`, and the tag (default
   * `latest`) then names it. A digest instead of the tag must be the manifest's. Blobs that the location has are neither read nor sent, and a
   * repeated push continues an interrupted one. Throws `InputError` for an invalid image, and `ProblemError`.
   */
  async push(id: string, image: Image, options: PushOptions = {}): Promise<PushedImage> {
    const { location, repository, tag, digest } = parseReference(id);
    const actual = digestOf(image.manifest);
    if (digest !== undefined && digest !== actual)
      throw new InputError(`has a manifest that is ${actual}, not ${digest}`);
    const { metadata, freeSpace, signal } = options;
    const sending = new ImageSending(this.#elements, this.#data, { location, repository }, image, options);
    const said = { ...(metadata ? { metadata } : {}), ...(freeSpace === undefined ? {} : { freeSpace }) };
    if (tag === undefined) return { element: await sending.send(image.manifest, said) };
    const named = `image://${location}/${repository}:${tag}`;
    // In parallel with the push, to save a round trip.
    const naming = this.#tags.read(named, { signal }).catch(() => undefined);
    const element = await sending.send(image.manifest, said);
    if ((await naming)?.id !== element.id) await this.#tags.set(named, element.id, { signal });
    return { element, tag: named };
  }

  /**
   * Finds an image by a tag, by its digest, or by the ID of its element. Throws `ProblemError`, and `InputError` for an element that is no OCI
   * image.
   */
  async open(id: string, { signal }: CallOptions = {}): Promise<RemoteImage> {
    const found = await this.#elements.read(id, { fields: ['attributes'], signal });
    const { digest } = found as { digest?: string };
    if (digest === undefined)
      throw new InputError(
        `${found.id} has no manifest: it is ${found.state}, has no layers, or is from an earlier version, for which \`taskport doctor --digests\` computes the digest`,
      );
    return new RemoteImage(this.#registry, repositoryOf(found.id), found.id, digest);
  }
}
