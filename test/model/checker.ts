/** An atomic step of a process. `crash` marks a step after which a process never moves again. */
export interface Step<S> {
  what: string;
  next: S;
  crash?: true;
}

/** A system of processes: a state, and its possible next steps. */
export interface Model<S> {
  initial: S;
  /** The canonical form: two states are equal if and only if their keys are. */
  key(state: S): string;
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
  const states = [model.initial];
  const indexOf = new Map([[model.key(model.initial), 0]]);
  const cameFrom = [{ state: -1, what: 'start' }];
  const predecessors: number[][] = [[]];
  const ends: number[] = [];
  const found: Exploration = { states: 0, transitions: 0, faults: new Map(), outcomes: new Set(), stuck: 0 };

  for (let at = 0; at < states.length && !(until && found.faults.has(until)); at++) {
    const state = states[at] as S;
    for (const fault of new Set(model.faults(state))) {
      const known = found.faults.get(fault);
      if (known) known.states++;
      else found.faults.set(fault, { states: 1, trace: traceTo(at, cameFrom) });
    }
    const outcome = model.outcome(state);
    if (outcome !== undefined) {
      found.outcomes.add(outcome);
      ends.push(at);
    }
    for (const { what, next, crash } of model.steps(state)) {
      const key = model.key(next);
      let to = indexOf.get(key);
      if (to === undefined) {
        to = states.push(next) - 1;
        indexOf.set(key, to);
        cameFrom.push({ state: at, what });
        predecessors.push([]);
      }
      if (!crash) predecessors[to]?.push(at);
      found.transitions++;
    }
  }
  found.states = states.length;
  found.stuck = states.length - countReaching(ends, predecessors);
  return found;
}

function traceTo(state: number, cameFrom: { state: number; what: string }[]): string[] {
  const trace: string[] = [];
  for (let at = cameFrom[state]; at && at.state >= 0; at = cameFrom[at.state]) trace.unshift(at.what);
  return trace;
}

function countReaching(ends: number[], predecessors: number[][]): number {
  const reaching = new Set(ends);
  // Iterating over a set includes elements that are added meanwhile.
  for (const state of reaching) for (const before of predecessors[state] ?? []) reaching.add(before);
  return reaching.size;
}

/** Counts runs from the start to an end, and those that end in the given fault. Only for models whose runs all end. */
export function countRuns<S>(model: Model<S>, fault: string): { runs: number; faulty: number } {
  const counted = new Map<string, { runs: number; faulty: number }>();
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
