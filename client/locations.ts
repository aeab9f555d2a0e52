import type * as z from 'zod/mini';
import type { ShownLocation as Location } from '../lib/location/location.ts';
import type { locationPatch, locationRequest } from '../lib/location/location-schema.ts';
import type { Frozen } from '../lib/shown.ts';
import type { CallOptions, ChangeOptions, Http, PostOptions, Tagged } from './http.ts';
import { Pages } from './pages.ts';

export type NewLocation = Frozen<z.input<typeof locationRequest>>;
export type LocationPatch = Frozen<z.input<typeof locationPatch>>;

const pathOf = (name: string): string => `/locations/${encodeURIComponent(name)}`;

/** Named stores of elements of one kind. */
export class Locations {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  create(location: NewLocation, options: PostOptions = {}): Promise<Tagged<Location>> {
    return this.#http.tagged({ method: 'POST', path: '/locations', body: location, ...options });
  }

  list(options: CallOptions & { readonly limit?: number } = {}): Pages<Location> {
    const { limit, ...rest } = options;
    return new Pages((cursor) =>
      this.#http.json({ method: 'GET', path: '/locations', query: { limit, cursor }, ...rest }),
    );
  }

  read(name: string, options: CallOptions = {}): Promise<Tagged<Location>> {
    return this.#http.tagged({ method: 'GET', path: pathOf(name), ...options });
  }

  update(name: string, patch: LocationPatch, options: ChangeOptions = {}): Promise<Tagged<Location>> {
    return this.#http.tagged({ method: 'PATCH', path: pathOf(name), body: patch, ...options });
  }

  /** Starts the delete of an empty location, whose state is `closing` until it is gone some minutes later. */
  delete(name: string, options: ChangeOptions = {}): Promise<Tagged<Location>> {
    return this.#http.tagged({ method: 'DELETE', path: pathOf(name), ...options });
  }
}
