/** A call of a client, what came of it, and when. */
export interface Call<I, O> {
  readonly client: string;
  /** What it is about: an element, an executor. Calls about different ones are checked apart. */
  readonly key: string;
  readonly input: I;
  readonly from: number;
  /** Infinite where nobody knows what came of it: it may be done at any time from then on, or never. */
  readonly to: number;
  readonly output: O | undefined;
}

/** What clients asked and heard, with a clock that gives every moment a number of its own. */
export class History<I, O> {
  readonly #calls: Call<I, O>[] = [];
  #clock = 0;

  /** Makes a call and keeps book; an output of undefined is an outcome that the client does not know. */
  async record(
    call: Pick<Call<I, O>, 'client' | 'key' | 'input'>,
    make: () => Promise<O | undefined>,
  ): Promise<O | undefined> {
    this.#clock += 1;
    const from = this.#clock;
    const output = await make();
    this.#clock += 1;
    this.#calls.push({
      ...call,
      from,
      to: output === undefined ? Number.POSITIVE_INFINITY : this.#clock,
      output,
    });
    return output;
  }

  get calls(): readonly Call<I, O>[] {
    return this.#calls;
  }

  /** The calls about each key. */
  byKey(): ReadonlyMap<string, readonly Call<I, O>[]> {
    const found = new Map<string, Call<I, O>[]>();
    for (const call of this.#calls) {
      const known = found.get(call.key);
      if (known) known.push(call);
      else found.set(call.key, [call]);
    }
    return found;
  }
}
