import type { Call } from './history.ts';

/** The states of one record, and the effect of each call: a state machine. */
export interface Model<S, I, O> {
  readonly initial: S;
  /**
   * The possible states after a call; none if it cannot have this output in this state. An undefined output means a call that was made with an
   * unknown answer.
   */
  readonly step: (state: S, input: I, output: O | undefined) => readonly S[];
  /** Whether a call that was made may end with this output in this state; always by default. */
  readonly mayEnd?: (state: S, input: I, output: O) => boolean;
  /** Equal for equal states. */
  readonly nameOf: (state: S) => string;
}

export type Verdict<I, O> =
  | { readonly linearizable: true }
  | {
      readonly linearizable: false;
      /** The first call whose answer has no explanation. */
      readonly at: Call<I, O>;
      /** Possible states of the record just before, by the calls until then. */
      readonly states: readonly string[];
    };

/** A possible present: the state, and the calls under way without an effect yet. */
interface Possibility<S> {
  readonly state: S;
  readonly open: ReadonlySet<number>;
}

/**
 * Whether the calls on one record have a sequential order, each at a moment between its beginning and its end, in which the model gives all their
 * answers (Wing and Gong; a call is ordered when some call ends and not earlier, after Lowe, "Testing for linearizability"). A call with an
 * unknown outcome never ends: it may happen at any time after its beginning, or never.
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

  /** All possibilities after the call has happened. */
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
