import type { Location } from './location.ts';
import type { LocationStore, PastLocation } from './location-store.ts';

const MAX_NAMES = 1_000;
const MAX_STRETCHES = 4;
/** Before every time in RFC 3339. */
const BEFORE_ALL = '0';
const PAGE = 100;
const MAX_PAGES = 10;
/** Milliseconds by which clocks may differ, with a large margin. */
const SKEW_MS = 60_000;

/** A period in which one location, or none that is known, had a name. */
interface Stretch {
  readonly from: string;
  readonly to: string;
  readonly life: PastLocation | undefined;
}

/**
 * The earlier locations of names. Each is read once, since the past does not change. It is cached for the time
 * until its delete was requested. Later events, while it was closing, are rare, and are looked up each time.
 */
export class PastLives {
  readonly #store: Pick<LocationStore, 'past'>;
  readonly #now: () => number;
  readonly #stretches = new Map<string, Stretch[]>();

  constructor(store: Pick<LocationStore, 'past'>, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The cached location of a time; undefined if none is cached. */
  recall(name: string, time: string): { readonly location: Location | undefined } | undefined {
    const stretch = this.#stretches.get(name)?.find(({ from, to }) => from <= time && time < to);
    return stretch && { location: this.#kept(stretch.life) };
  }

  /** The location that had the name at a time before the present one, which began at `present`. */
  async read(name: string, time: string, present: string | undefined): Promise<Location | undefined> {
    const [life] = await this.#store.past(name, { until: time }, 1);
    if (life && time <= life.location.modifiedAt) {
      this.#remember(name, { from: life.location.createdAt, to: life.closedAt, life });
      return this.#kept(life);
    }
    const [next] = await this.#store.past(name, { after: time }, 1);
    const to = next?.location.createdAt ?? present ?? new Date(this.#now() - SKEW_MS).toISOString();
    this.#remember(name, { from: time, to, life: undefined });
    return undefined;
  }

  async *of(name: string): AsyncGenerator<Location, void> {
    let after = BEFORE_ALL;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const lives = await this.#store.past(name, { after }, PAGE);
      for (const life of lives) {
        const location = this.#kept(life);
        if (location) yield location;
      }
      const last = lives.at(-1);
      if (!last) return;
      after = last.location.createdAt;
    }
  }

  /** The location, as long as its events are kept; its row may exist some days longer. */
  #kept(life: PastLocation | undefined): Location | undefined {
    return life && life.keptUntil > new Date(this.#now()).toISOString() ? life.location : undefined;
  }

  #remember(name: string, stretch: Stretch): void {
    const others = (this.#stretches.get(name) ?? []).filter(({ from }) => from !== stretch.from);
    this.#stretches.delete(name);
    this.#stretches.set(name, [...others, stretch].slice(-MAX_STRETCHES));
    if (this.#stretches.size > MAX_NAMES)
      this.#stretches.delete(this.#stretches.keys().next().value as string);
  }
}
