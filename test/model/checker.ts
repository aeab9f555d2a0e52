/** An atomic step of a process. `crash` marks a step after which a process never moves again. */
export interface Step<S> {
  what: string;
  next: S;
  crash?: true;
}

/** A system of processes: a state, and its possible next steps. */
export interface Model<S> {
  initial: S;
  /** From 0: two states are equal if and only if their keys are. */
  key(state: S): number;
  steps(state: S): Step<S>[];
  /** The invariants that do not hold in this state, by name. */
  faults(state: S): string[];
  /** The outcome, if every process has stopped; else undefined. */
  outcome(state: S): string | undefined;
}

export interface Exploration {
  states: number;
  transitions: number;
  /** For every violated invariant: the number of states, and a shortest trace to one of them. */
  faults: Map<string, { states: number; trace: string[] }>;
  /** Every possible outcome. */
  outcomes: Set<string>;
  /** The number of states from which no outcome is reachable without a crash. */
  stuck: number;
}

/** Visits every reachable state once, breadth first, so that its traces are shortest. Stops at the fault `until`, if given. */
export function explore<S>(model: Model<S>, until?: string): Exploration {
  const states: (S | undefined)[] = [model.initial];
  /** By key: the place of the state. */
  const indexOf: number[] = [];
  indexOf[model.key(model.initial)] = 0;
  /** By state: the state from which it was found, and the step. */
  const cameFrom = [-1];
  const cameBy = ['start'];
  /** The states of each transition without a crash. */
  const before: number[] = [];
  const after: number[] = [];
  const ends: number[] = [];
  const found: Exploration = { states: 0, transitions: 0, faults: new Map(), outcomes: new Set(), stuck: 0 };

  for (let at = 0; at < states.length && !(until && found.faults.has(until)); at++) {
    const state = states[at] as S;
    // Its steps replace it.
    states[at] = undefined;
    for (const fault of new Set(model.faults(state))) {
      const known = found.faults.get(fault);
      if (known) known.states++;
      else found.faults.set(fault, { states: 1, trace: traceTo(at, cameFrom, cameBy) });
    }
    const outcome = model.outcome(state);
    if (outcome !== undefined) {
      found.outcomes.add(outcome);
      ends.push(at);
    }
    for (const { what, next, crash } of model.steps(state)) {
      const key = model.key(next);
      const to = indexOf[key] ?? states.length;
      if (to === states.length) {
        indexOf[key] = to;
        states.push(next);
        cameFrom.push(at);
        cameBy.push(what);
      }
      if (!crash) {
        before.push(at);
        after.push(to);
      }
      found.transitions++;
    }
  }
  found.states = states.length;
  found.stuck = states.length - countReaching(ends, states.length, before, after);
  return found;
}

function traceTo(state: number, cameFrom: number[], cameBy: string[]): string[] {
  const trace: string[] = [];
  for (let at = state; at > 0; at = cameFrom[at] as number) trace.unshift(cameBy[at] as string);
  return trace;
}

/** Counts the states from which an end is reachable. */
function countReaching(ends: number[], states: number, before: number[], after: number[]): number {
  /** By state: its last transition from another; by transition: the one before it to the same state. Both from 1. */
  const last = new Int32Array(states);
  const former = new Int32Array(after.length + 1);
  after.forEach((to, at) => {
    former[at + 1] = last[to] as number;
    last[to] = at + 1;
  });
  const reaches = new Uint8Array(states);
  const reaching = [...ends];
  for (const end of ends) reaches[end] = 1;
  // Iterating over a list includes elements that are added meanwhile.
  for (const state of reaching)
    for (let at = last[state] as number; at > 0; at = former[at] as number) {
      const from = before[at - 1] as number;
      if (!reaches[from]) reaching.push(from);
      reaches[from] = 1;
    }
  return reaching.length;
}

/** Counts runs from the start to an end, and those that end in the given fault. Only for models whose runs all end. */
export function countRuns<S>(model: Model<S>, fault: string): { runs: number; faulty: number } {
  const counted = new Map<number, { runs: number; faulty: number }>();
  const countFrom = (state: S): { runs: number; faulty: number } => {
    const key = model.key(state);
    const known = counted.get(key);
    if (known) return known;
    const steps = model.steps(state);
    const total =
      steps.length === 0
        ? { runs: 1, faulty: model.faults(state).includes(fault) ? 1 : 0 }
        : steps
            .map(({ next }) => countFrom(next))
            .reduce((a, b) => ({ runs: a.runs + b.runs, faulty: a.faulty + b.faulty }));
    counted.set(key, total);
    return total;
  };
  return countFrom(model.initial);
}
