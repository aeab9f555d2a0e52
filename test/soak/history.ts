/** A call of a client, its outcome, and its times. */
export interface Call<I, O> {
  readonly client: string;
  /** Its subject: an element, an executor. Calls on different subjects are checked separately. */
  readonly key: string;
  readonly input: I;
  readonly from: number;
  /** Infinite for an unknown outcome: it may happen at any later time, or never. */
  readonly to: number;
  readonly output: O | undefined;
}

/** The calls and answers of clients, with a clock that numbers every moment. */
export class History<I, O> {
  readonly #calls: Call<I, O>[] = [];
  #clock = 0;

  /** Makes a call and records it; an undefined output is an unknown outcome. */
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

  /** The calls for each key. */
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
