import { TaskportError } from '../errors.ts';
import type { Location } from './location.ts';
import type { LocationStore } from './location-store.ts';

/** Milliseconds a location is believed; a changed policy or grant is promised to take effect within 5 s. */
export const LOCATION_TTL_MS = 4_000;
const MAX_KNOWN = 1_000;

interface Known {
  readonly location: Promise<Location | undefined>;
  readonly until: number;
}

/**
 * Locations as this process knows them: read once in a while, and by one reader at a time however many ask.
 * A location that is not there is asked for again each time, so a new one is usable everywhere at once.
 */
export class KnownLocations {
  readonly #store: Pick<LocationStore, 'get'>;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<LocationStore, 'get'>, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The location, or `unknown-location`. */
  async get(name: string): Promise<Location> {
    const location = await this.find(name);
    if (!location)
      throw new TaskportError('unknown-location', `there is no location ${name}`, { location: name });
    return location;
  }

  /** The location, or undefined. */
  async find(name: string): Promise<Location | undefined> {
    const now = this.#now();
    const known = this.#known.get(name);
    if (known && known.until > now) return known.location;
    const reading = this.#store.get(name);
    this.forget(name);
    this.#known.set(name, { location: reading, until: now + LOCATION_TTL_MS });
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value as string);
    try {
      const location = await reading;
      if (!location) this.#forgetReading(name, reading);
      return location;
    } catch (error) {
      this.#forgetReading(name, reading);
      throw error;
    }
  }

  /** Has the location read anew the next time, since this process changed it. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  #forgetReading(name: string, reading: Promise<Location | undefined>): void {
    if (this.#known.get(name)?.location === reading) this.#known.delete(name);
  }
}
