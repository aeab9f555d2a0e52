import { AsyncLocalStorage } from 'node:async_hooks';
import { PATIENCE } from '../patience.ts';

/** Numbers from 0 to 1 that follow from the seed alone (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

interface Parked {
  readonly actor: string;
  readonly what: string;
  /** Whether other steps of the actor that are parked by then are taken with it. */
  readonly together: boolean;
  /** Lets it go on; settles when what it was about to do is done. */
  readonly release: () => Promise<unknown>;
}

interface Actor {
  readonly name: string;
  readonly interleaver: Interleaver;
}

const actors = new AsyncLocalStorage<Actor>();

/**
 * Runs operations one storage call at a time. Every call of every operation is parked before it is sent, and
 * whose is sent next is drawn by chance: each operation has a pace of its own, so that some runs have a fast
 * deleter and others a fast referrer. Waits are steps like calls, and take no time.
 */
export class Interleaver {
  /** Every step in the order taken. */
  readonly trace: string[] = [];
  readonly #random: () => number;
  readonly #parked: Parked[] = [];
  readonly #paces = new Map<string, number>();
  readonly #inBursts: boolean;

  /** In bursts, paces change now and then, and differ more: much of one operation falls between two steps of another. */
  constructor(seed: number, { inBursts = false } = {}) {
    this.#random = seeded(seed);
    this.#inBursts = inBursts;
  }

  /** Runs the operations until all have ended, and answers what each came to, by its name. */
  async run<T>(operations: Readonly<Record<string, () => Promise<T>>>): Promise<Record<string, T>> {
    const outcomes: Record<string, T> = {};
    let running = 0;
    for (const [name, operation] of Object.entries(operations)) {
      this.#paces.set(name, 16 ** this.#random());
      running += 1;
      void actors
        .run({ name, interleaver: this }, operation)
        .then((outcome) => {
          outcomes[name] = outcome;
          this.trace.push(`${name}: ${JSON.stringify(outcome)}`);
        })
        .finally(() => {
          running -= 1;
        });
    }
    for (;;) {
      await this.#settled(() => running === 0);
      if (running === 0) return outcomes;
      await this.#step();
    }
  }

  park<T>(actor: string, what: string, send: () => Promise<T>, together: boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const release = () => {
        const sent = send();
        sent.then(resolve, reject);
        return sent.catch(() => {});
      };
      this.#parked.push({ actor, what, together, release });
    });
  }

  /** Until what follows a step without waiting for another is done: within a few turns of the event loop, or once a module is loaded. */
  async #settled(hasEnded: () => boolean): Promise<void> {
    const until = performance.now() + PATIENCE.timeout;
    while (performance.now() < until) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#parked.length > 0 || hasEnded()) return;
    }
  }

  #changePaces(): void {
    if (!this.#inBursts || this.#random() < 0.9) return;
    for (const actor of this.#paces.keys()) this.#paces.set(actor, 256 ** this.#random());
  }

  async #step(): Promise<void> {
    this.#changePaces();
    const paces = this.#parked.map(({ actor }) => this.#paces.get(actor) ?? 1);
    let left = this.#random() * paces.reduce((sum, pace) => sum + pace, 0);
    const at = paces.findIndex((pace) => {
      left -= pace;
      return left < 0;
    });
    const [next] = this.#parked.splice(at, 1);
    if (!next) throw new Error(`an operation waits for nothing that is known\n${this.trace.join('\n')}`);
    this.trace.push(`${next.actor} ${next.what}`);
    const along = this.#parked.filter(
      ({ actor, together }) => next.together && together && actor === next.actor,
    );
    for (const one of along) this.#parked.splice(this.#parked.indexOf(one), 1);
    await Promise.all([next, ...along].map(({ release }) => release()));
  }
}

/**
 * Parks a step of an operation that an interleaver runs; any other is taken at once. Those of one operation that are to be
 * taken together are one step.
 */
export const park = <T>(what: string, send: () => Promise<T>, together = false): Promise<T> => {
  const actor = actors.getStore();
  return actor ? actor.interleaver.park(actor.name, what, send, together) : send();
};

/** In place of a wait: a step of an operation that an interleaver runs, and a wait for any other. */
export const parkedSleep = (milliseconds: number): Promise<unknown> =>
  actors.getStore()
    ? park('waits', () => Promise.resolve())
    : new Promise((resolve) => setTimeout(resolve, milliseconds));
