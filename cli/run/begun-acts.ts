import { inParallel } from '../../lib/in-parallel.ts';

/** How many acts of a command go on at a time. An act mostly waits for a runner, so there are more of them than calls that a service takes well. */
const AT_ONCE = 50;

/** An act for each executor of a command: they begin in order, up to `AT_ONCE` go on at a time, and one that fails leaves the others alone. */
export class BegunActs<T> {
  readonly #ending = new AbortController();
  readonly #acts: ReadonlyMap<string, Promise<T>>;
  readonly #all: Promise<void>;

  constructor(ids: readonly string[], act: (id: string) => Promise<T>) {
    const begin = new Map<string, (acting: Promise<T>) => void>();
    this.#acts = new Map(ids.map((id) => [id, new Promise<T>((resolve) => begin.set(id, resolve))]));
    this.#all = inParallel(ids, AT_ONCE, this.#ending.signal, async (id) => {
      const acting = act(id);
      begin.get(id)?.(acting);
      await acting.catch(() => {});
    }).catch(() => {});
    // The command reports an error in its turn.
    for (const acting of this.#acts.values()) acting.catch(() => {});
  }

  /** The result of an act, which may not have begun yet. */
  of(id: string): Promise<T> {
    return this.#acts.get(id) as Promise<T>;
  }

  /** Begins no more acts; settles once those that go on have ended. */
  end(): Promise<void> {
    this.#ending.abort();
    return this.#all;
  }
}
