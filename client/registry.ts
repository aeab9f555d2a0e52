import { readFrom } from './download.ts';
import type { ClientOptions, Http } from './http.ts';

interface Credential {
  readonly password: string;
  readonly expiresAt: string;
}

/** A credential that is over sooner is not used any more. */
const MARGIN_MS = 60_000;

/** What a registry answers to who pulls (OCI distribution specification), on the origin of the API. */
export class Registry {
  readonly #http: Http;
  readonly #options: ClientOptions;
  #credential: Promise<Credential> | undefined;

  constructor(http: Http, options: ClientOptions) {
    this.#http = http;
    this.#options = options;
  }

  /** Where a document or a blob of a repository is. */
  urlOf(repository: string, noun: 'manifests' | 'blobs', digest: string): string {
    return `${this.#options.url.replace(/\/+$/, '')}/v2/${repository}/${noun}/${digest}`;
  }

  /** The bytes there from an offset on, wherever the registry sends for them, which it tells. Throws `StoreError`, and what the network says. */
  async *read(
    url: string,
    offset: number,
    signal: AbortSignal,
    onRedirect: (to: string) => void,
  ): AsyncGenerator<Uint8Array, void> {
    yield* readFrom(url, offset, signal, await this.#headers(), onRedirect);
  }

  /** The credentials: one of the registry's own, if the API needs credentials too. */
  async #headers(): Promise<Record<string, string>> {
    if (this.#options.token === undefined && this.#options.auth === undefined) return { accept: '*/*' };
    const held = await this.#credential;
    if (!held || Date.parse(held.expiresAt) - Date.now() < MARGIN_MS)
      this.#credential = this.#http.json({ method: 'POST', path: '/registry/credentials' });
    return { accept: '*/*', authorization: `Bearer ${(await this.#credential)?.password}` };
  }
}
