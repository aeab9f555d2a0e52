import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { ImageManifest } from '../../client/image-manifest.ts';
import { repositoryOf } from '../../client/image-reference.ts';
import type { RemoteImage } from '../../client/remote-image.ts';
import { StoreError } from '../../client/store-error.ts';
import { MOST_LAYERS } from '../../lib/composition/plan/docker-image.ts';
import type { DockerPlan } from '../../lib/composition/plan/docker-schema.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { LaunchError, type Progress } from '../../lib/execution/engine.ts';
import { manifestFor } from '../machine-image.ts';
import { except, wordsOf } from './api-error.ts';
import { followed } from './follow-progress.ts';
import { loadImage } from './load-image.ts';
import { OwnImages } from './own-images.ts';
import type { Persist } from './persist.ts';
import type { EngineFacts, ReachedEngine } from './reach-engine.ts';
import type { ServiceRegistry } from './service-registry.ts';

interface PullOptions {
  readonly attempt: Attempt;
  readonly abort: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

type Telling = (done: number, size: number) => void;

/** An image of this service for one platform. */
interface Found {
  readonly image: RemoteImage;
  readonly manifest: ImageManifest;
}

/** How long to wait for a manifest that the service is computing. */
const NOT_YET_MS = 2_000;

const takesZstd = ({ name, version }: EngineFacts): boolean =>
  name === 'Podman' || Number.parseInt(version, 10) >= 23;

/** The root images of tasks. The engine pulls images of the service by digest, so it runs exactly these. */
export class EngineImages {
  readonly #docker: Dockerode;
  readonly #facts: EngineFacts;
  readonly #persist: Persist;
  readonly #registry: ServiceRegistry;
  readonly own: OwnImages;
  /** The engine's image for a digest that it has. */
  readonly #known = new Map<string, string>();
  /** Whether the engine cannot reach the service, so that the runner loads images into it. */
  #isApart = false;

  constructor({ docker, facts }: ReachedEngine, registry: ServiceRegistry, persist: Persist) {
    this.#docker = docker;
    this.#persist = persist;
    this.#facts = facts;
    this.#registry = registry;
    this.own = new OwnImages(docker, facts.architecture, persist);
  }

  /** Makes the engine have an image, and answers an ID that nobody can move to another image. Throws `LaunchError`. */
  async have(image: DockerPlan['image'], options: PullOptions): Promise<string> {
    if (image === undefined) return this.own.get('empty');
    const { id, digest, registryImage } = image;
    const { attempt, abort, onProgress } = options;
    const tell: Telling = (done, size) => onProgress?.({ attempt, layerId: id, done, size });
    if (registryImage !== undefined) return this.#haveElsewhere(registryImage, abort, tell);
    if (digest === undefined)
      throw new LaunchError(
        `${id} has no manifest by which it could be pulled: \`taskport doctor --digests\` has the service make one`,
      );
    const known = this.#known.get(digest);
    if (known !== undefined && (await this.#has(known))) return known;
    const found = await this.#find(id, digest, abort);
    const reference = `${this.#registry.authority}/${repositoryOf(id)}@${found.image.digest}`;
    const config = found.manifest.config?.digest ?? '';
    const has = (await this.#has(reference)) ? reference : (await this.#has(config)) ? config : undefined;
    const running = has ?? (await this.#fetch(id, found, reference, abort, tell));
    this.#known.set(digest, running);
    return running;
  }

  async #has(reference: string): Promise<boolean> {
    const image = this.#docker.getImage(reference);
    return (await this.#persist(() => image.inspect().catch(except(404)))) !== undefined;
  }

  /** An image of another registry: the one that the registry has under this name now, or, if the registry does not answer, the one that the engine has. */
  async #haveElsewhere(named: string, abort: AbortSignal, tell: Telling): Promise<string> {
    const [name = '', digest] = named.split('@');
    const reference = digest === undefined ? named : `${name.replace(/:[^/:]*$/, '')}@${digest}`;
    if (digest !== undefined && (await this.#has(reference))) return reference;
    try {
      await this.#pull(reference, undefined, abort, tell);
    } catch (error) {
      abort.throwIfAborted();
      if (!(await this.#has(reference)))
        throw new LaunchError(`${named} is not pulled: ${wordsOf(error)}`, { cause: error });
    }
    const { Id } = await this.#persist(() => this.#docker.getImage(reference).inspect());
    return Id;
  }

  /** The image for this engine's platform. Waits for a manifest that the service is still computing. */
  async #find(id: string, digest: string, abort: AbortSignal): Promise<Found> {
    for (;;) {
      try {
        const image = await this.#registry.open(id, { signal: abort });
        if (image.digest !== digest) throw new LaunchError(`${id} is ${image.digest}, and not ${digest}`);
        const manifest = await image.manifest(digest, { signal: abort });
        return manifest.manifests.length === 0
          ? { image, manifest }
          : await this.#ofPlatform(image, manifest, abort);
      } catch (error) {
        abort.throwIfAborted();
        if (error instanceof LaunchError) throw error;
        if (!(error instanceof StoreError && error.status === 503))
          throw new LaunchError(`${id} cannot be fetched: ${(error as Error).message}`, { cause: error });
        await sleep(NOT_YET_MS, undefined, { signal: abort });
      }
    }
  }

  async #ofPlatform(index: RemoteImage, { manifests }: ImageManifest, signal: AbortSignal): Promise<Found> {
    const { architecture } = this.#facts;
    const fitting = manifestFor(manifests, architecture);
    if (!fitting) throw new LaunchError(`${index.id} has no image for linux on ${architecture}`);
    const manifest = await index.manifest(fitting.digest, { signal });
    return { image: index.of(fitting.digest), manifest };
  }

  async #fetch(
    id: string,
    { image, manifest }: Found,
    reference: string,
    abort: AbortSignal,
    tell: Telling,
  ): Promise<string> {
    const { layers } = manifest;
    if (layers.length > MOST_LAYERS)
      throw new LaunchError(`${id} has ${layers.length} layers, and engines take ${MOST_LAYERS}`);
    const isPacked = layers.some(({ mediaType }) => mediaType.endsWith('zstd'));
    const bring = async (): Promise<string> => {
      const name = {
        repository: `${this.#registry.authority}/${repositoryOf(id)}`,
        tag: image.digest.replace(':', '-'),
      };
      return loadImage(this.#docker, image, name, abort, tell);
    };
    try {
      if (this.#isApart || (isPacked && !takesZstd(this.#facts))) return await bring();
      const size = layers.reduce((sum, layer) => sum + layer.size, 0);
      const refused = await this.#pull(
        reference,
        await this.#registry.token({ signal: abort }),
        abort,
        tell,
        size,
      ).then(
        async () => ((await this.#has(reference)) ? undefined : new Error('it is not there')),
        (error: Error) => error,
      );
      if (refused === undefined) return reference;
      abort.throwIfAborted();
      // This process can read the manifest, so only the engine cannot reach the service.
      const brought = await bring().catch((error) => {
        throw new Error(`${wordsOf(refused)}; and it is not loaded: ${wordsOf(error)}`, { cause: error });
      });
      this.#isApart = true;
      return brought;
    } catch (error) {
      abort.throwIfAborted();
      throw new LaunchError(`${id} is not pulled: ${wordsOf(error)}`, { cause: error });
    }
  }

  /** Has the engine pull; the progress counts all layers of the image. */
  async #pull(
    fromImage: string,
    registrytoken: string | undefined,
    abortSignal: AbortSignal,
    tell: Telling,
    size = 0,
  ): Promise<void> {
    const authconfig = registrytoken === undefined ? undefined : { registrytoken };
    const done = new Map<string, number>();
    const stream = await this.#docker.createImage(authconfig, { fromImage, abortSignal });
    await followed(this.#docker, stream, ({ id = '', status, progressDetail }) => {
      if (status !== 'Downloading') return;
      done.set(id, progressDetail?.current ?? 0);
      const sum = [...done.values()].reduce((total, each) => total + each, 0);
      tell(sum, Math.max(size, sum));
    });
    if (size > 0) tell(size, size);
  }
}
