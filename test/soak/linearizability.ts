import type { Call } from './history.ts';

/** What one record may be, and what each call makes of it: a state machine. */
export interface Model<S, I, O> {
  readonly initial: S;
  /**
   * The states that a call may leave behind; none where it cannot have had that output in this state. An output of
   * undefined is one that nobody knows, of a call that was done.
   */
  readonly step: (state: S, input: I, output: O | undefined) => readonly S[];
  /** Whether a call that was done may end with that output while this is the state; always, where nothing is said. */
  readonly mayEnd?: (state: S, input: I, output: O) => boolean;
  /** The same for equal states. */
  readonly nameOf: (state: S) => string;
}

export type Verdict<I, O> =
  | { readonly linearizable: true }
  | {
      readonly linearizable: false;
      /** The first call whose answer no order of the calls explains. */
      readonly at: Call<I, O>;
      /** States that the record may have been in just before, by the calls until then. */
      readonly states: readonly string[];
    };

/** A way in which it may have been until now: the state, and the calls under way that were not done yet. */
interface Possibility<S> {
  readonly state: S;
  readonly open: ReadonlySet<number>;
}

/**
 * Whether the calls about one record can be put into an order, each at a moment between its beginning and its end, in
 * which a record of the model would have answered all of them so (Wing and Gong; calls are put into order when one of
 * them ends and no sooner, after Lowe, "Testing for linearizability"). A call without a known outcome never ends: it
 * may come at any time after its beginning, or not at all.
 */
export const checkLinearizable = <S, I, O>(
  { initial, step, nameOf, mayEnd = () => true }: Model<S, I, O>,
  calls: readonly Call<I, O>[],
): Verdict<I, O> => {
  const name = ({ state, open }: Possibility<S>): string =>
    `${[...open].sort((a, b) => a - b).join()} ${nameOf(state)}`;
  const moments = calls
    .flatMap(({ from, to }, at) => [
      { at, when: from, begins: true },
      ...(to === Number.POSITIVE_INFINITY ? [] : [{ at, when: to, begins: false }]),
    ])
    .sort((a, b) => a.when - b.when);

  /** All that the possibilities may have come to once the call is done. */
  const settle = (before: Iterable<Possibility<S>>, ending: number): Map<string, Possibility<S>> => {
    const { input, output } = calls[ending] as Call<I, O>;
    const settled = new Map<string, Possibility<S>>();
    const seen = new Set<string>();
    const waiting = [...before];
    for (let possibility = waiting.pop(); possibility; possibility = waiting.pop()) {
      const key = name(possibility);
      if (seen.has(key)) continue;
      seen.add(key);
      const { state, open } = possibility;
      if (!open.has(ending) && mayEnd(state, input, output as O)) {
        settled.set(key, possibility);
        continue;
      }
      for (const at of open) {
        const call = calls[at] as Call<I, O>;
        const left = new Set(open);
        left.delete(at);
        for (const next of step(state, call.input, call.output)) waiting.push({ state: next, open: left });
      }
    }
    return settled;
  };

  let possibilities = new Map([['', { state: initial, open: new Set<number>() } as Possibility<S>]]);
  for (const { at, begins } of moments) {
    if (begins) {
      const opened = [...possibilities.values()].map(({ state, open }) => ({
        state,
        open: new Set(open).add(at),
      }));
      possibilities = new Map(opened.map((possibility) => [name(possibility), possibility]));
      continue;
    }
    const settled = settle(possibilities.values(), at);
    if (settled.size === 0) {
      const states = new Set([...possibilities.values()].map(({ state }) => nameOf(state)));
      return { linearizable: false, at: calls[at] as Call<I, O>, states: [...states] };
    }
    possibilities = settled;
  }
  return { linearizable: true };
};
