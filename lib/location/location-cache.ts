import type { Location } from './location.ts';
import type { LocationStore } from './location-store.ts';
import { PastLives } from './past-lives.ts';
import { unknownLocation } from './unknown-location.ts';

/** Milliseconds a location is believed; a changed policy or grant is promised to take effect within 5 s. */
export const LOCATION_TTL_MS = 4_000;
const MAX_KNOWN = 1_000;

interface Known {
  readonly location: Promise<Location | undefined>;
  readonly until: number;
}

/**
 * Locations as this process knows them: read once in a while, and by one reader at a time however many ask.
 * A location that is not there is asked for again each time, so a new one is usable everywhere at once; so is one that is
 * closing, so that the next of its name is never taken for it.
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

  /** The location, or `unknown-location`. */
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
   * Looks back: which location had a name at a time, as it is now or as it was last; undefined where there was none, or nobody
   * knows. Several may have had it, one after another: a time is of the last that began before it. Names are asked for once,
   * so that it is for what was over when it was begun.
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

  /** The locations that had the name and are gone, the earliest first: a thousand of those that anything is kept of. */
  past(name: string): AsyncGenerator<Location, void> {
    return this.#past.of(name);
  }

  /** Has the location read anew the next time, since this process changed it. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  /** What is remembered, or being read. */
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

  /** As `find`; but where another asked before, and the name may have come to another location since, it is read again. */
  async #findAnew(name: string): Promise<Location | undefined> {
    const remembered = await this.#remembered(name);
    return remembered?.state === 'open' ? remembered : this.#read(name);
  }

  #forgetReading(name: string, reading: Promise<Location | undefined>): void {
    if (this.#known.get(name)?.location === reading) this.#known.delete(name);
  }
}
