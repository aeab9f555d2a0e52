import { platform } from '#platform';
import { textOf } from './body.ts';
import { readFrom } from './download.ts';
import type { ClientOptions, Http } from './http.ts';

interface Credential {
  readonly password: string;
  readonly expiresAt: string;
}

/** A credential that expires sooner is not used. */
const MARGIN_MS = 60_000;

/** Reads from the registry API (OCI distribution specification), on the origin of the API. */
export class Registry {
  readonly #http: Http;
  readonly #options: ClientOptions;
  #credential: Credential | undefined;
  #asking: Promise<Credential> | undefined;

  constructor(http: Http, options: ClientOptions) {
    this.#http = http;
    this.#options = options;
  }

  /** The URL of a document or a blob of a repository, or of an answer about a document. */
  urlOf(repository: string, noun: 'manifests' | 'blobs' | '_taskport/layers', digest: string): string {
    return `${this.#options.url.replace(/\/+$/, '')}/v2/${repository}/${noun}/${digest}`;
  }

  /** URLs of the layers of a manifest, by their digests, which are valid for some minutes; none from a service that does not know the call. */
  async layers(
    repository: string,
    digest: string,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    const url = this.urlOf(repository, '_taskport/layers', digest);
    try {
      const asked = this.#http.timed({ headers: await this.#headers() }, { signal });
      const { status, body } = await platform.request(url, asked);
      const text = await textOf(body);
      if (status !== 200) return new Map();
      const { layers } = JSON.parse(text) as { layers: { digest: string; url: string }[] };
      return new Map(layers.map((layer) => [layer.digest, layer.url]));
    } catch {
      signal?.throwIfAborted();
      // Each layer is asked for by itself, with retries.
      return new Map();
    }
  }

  /** The bytes of a URL from an offset on. It follows redirects, and reports their target. Throws `StoreError`, and network errors. */
  async *read(
    url: string,
    offset: number,
    signal: AbortSignal,
    onRedirect: (to: string) => void,
  ): AsyncGenerator<Uint8Array, void> {
    yield* readFrom(url, offset, signal, await this.#headers(), onRedirect);
  }

  /** The headers with a credential of the registry, if the API needs credentials. */
  async #headers(): Promise<Record<string, string>> {
    if (this.#options.token === undefined && this.#options.auth === undefined) return { accept: '*/*' };
    const { password } = await this.#valid();
    return { accept: '*/*', authorization: `Bearer ${password}` };
  }

  /** A credential for the next minute. Parallel reads share one call for it, and a failed call is made again. */
  async #valid(): Promise<Credential> {
    const held = this.#credential;
    if (held && Date.parse(held.expiresAt) - Date.now() >= MARGIN_MS) return held;
    this.#asking ??= this.#http
      .json<Credential>({ method: 'POST', path: '/registry/credentials' })
      .finally(() => {
        this.#asking = undefined;
      });
    this.#credential = await this.#asking;
    return this.#credential;
  }
}
