import type { Location } from './location.ts';
import type { LocationStore } from './location-store.ts';
import { PastLives } from './past-lives.ts';
import { unknownLocation } from './unknown-location.ts';

/**
 * Milliseconds for which a location is cached; the service promises that a changed policy or grant takes effect
 * within 5 s.
 */
export const LOCATION_TTL_MS = 4_000;
const MAX_KNOWN = 1_000;

interface Known {
  readonly location: Promise<Location | undefined>;
  readonly until: number;
}

/**
 * The locations that this process has read: each is read again from time to time, once for all parallel callers.
 * A location that does not exist is never cached, so that a new one is usable everywhere at once. Neither is a
 * closing one, so that the next location of its name is never mistaken for it.
 */
export class LocationCache {
  readonly #store: Pick<LocationStore, 'get'>;
  readonly #past: PastLives;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<LocationStore, 'get' | 'past'>, now: () => number) {
    this.#store = store;
    this.#past = new PastLives(store, now);
    this.#now = now;
  }

  /** The location. Throws `unknown-location`. */
  async get(name: string): Promise<Location> {
    const location = await this.find(name);
    if (!location) throw unknownLocation(name);
    return location;
  }

  /** The location, or undefined. */
  find(name: string): Promise<Location | undefined> {
    return this.#remembered(name) ?? this.#read(name);
  }

  /**
   * Finds past locations: the one that had a name at a time, as it is now or was last; undefined if there was
   * none, or it is unknown. Several may have had the name, one after another: a time belongs to the last that
   * began before it. It reads each name once, so it knows nothing of changes after it was made.
   */
  lookBack(): (name: string, time: string) => Promise<Location | undefined> {
    const presents = new Map<string, Promise<Location | undefined>>();
    return async (name, time) => {
      const recalled = this.#past.recall(name, time);
      if (recalled) return recalled.location;
      const reading = presents.get(name) ?? this.#findAnew(name);
      presents.set(name, reading);
      const present = await reading;
      if (present && present.createdAt <= time) return present;
      return this.#past.read(name, time, present?.createdAt);
    };
  }

  /** The past locations of the name, the earliest first: up to a thousand of those of which events are kept. */
  past(name: string): AsyncGenerator<Location, void> {
    return this.#past.of(name);
  }

  /** Reads the location again the next time, since this process changed it. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  /** The cached location, or the read that is under way. */
  #remembered(name: string): Promise<Location | undefined> | undefined {
    const known = this.#known.get(name);
    return known && known.until > this.#now() ? known.location : undefined;
  }

  async #read(name: string): Promise<Location | undefined> {
    const reading = this.#store.get(name);
    this.forget(name);
    this.#known.set(name, { location: reading, until: this.#now() + LOCATION_TTL_MS });
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value as string);
    try {
      const location = await reading;
      if (location?.state !== 'open') this.#forgetReading(name, reading);
      return location;
    } catch (error) {
      this.#forgetReading(name, reading);
      throw error;
    }
  }

  /**
   * As `find`. But it reads again if it joined an earlier read, since the name may have come to another location
   * meanwhile.
   */
  async #findAnew(name: string): Promise<Location | undefined> {
    const remembered = await this.#remembered(name);
    return remembered?.state === 'open' ? remembered : this.#read(name);
  }

  #forgetReading(name: string, reading: Promise<Location | undefined>): void {
    if (this.#known.get(name)?.location === reading) this.#known.delete(name);
  }
}
