import { AsyncLocalStorage } from 'node:async_hooks';
import { PATIENCE } from '../patience.ts';

/** Pseudorandom numbers from 0 to 1, determined by the seed (mulberry32). */
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
  /** Whether other waiting steps of the same actor are released together with it. */
  readonly together: boolean;
  /** Releases the step; settles after its call. */
  readonly release: () => Promise<unknown>;
}

interface Actor {
  readonly name: string;
  readonly interleaver: Interleaver;
}

const actors = new AsyncLocalStorage<Actor>();

/**
 * Runs operations one storage call at a time. Every call waits before it is sent, and chance decides which one is sent next. Each operation has
 * its own pace, so that some runs have a fast deleter and others a fast referrer. Waits are steps like calls, and take no time.
 */
export class Interleaver {
  /** Every step, in order. */
  readonly trace: string[] = [];
  readonly #random: () => number;
  readonly #parked: Parked[] = [];
  readonly #paces = new Map<string, number>();
  readonly #inBursts: boolean;

  /** In bursts, paces change more often and differ more: many steps of one operation run between two of another. */
  constructor(seed: number, { inBursts = false } = {}) {
    this.#random = seeded(seed);
    this.#inBursts = inBursts;
  }

  /** Runs the operations to their ends, and answers their results by name. */
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

  /** Waits until all code that follows a step has run: a few turns of the event loop, or the load of a module. */
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

/** Lets a step of an interleaved operation wait; other calls run at once. Steps of one operation with `together` are one step. */
export const park = <T>(what: string, send: () => Promise<T>, together = false): Promise<T> => {
  const actor = actors.getStore();
  return actor ? actor.interleaver.park(actor.name, what, send, together) : send();
};

/** A replacement for a wait: a step for an interleaved operation, a real wait for others. */
export const parkedSleep = (milliseconds: number): Promise<unknown> =>
  actors.getStore()
    ? park('waits', () => Promise.resolve())
    : new Promise((resolve) => setTimeout(resolve, milliseconds));
