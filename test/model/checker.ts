/** One atomic step that some process can take. `crash` marks the step after which a process never moves again. */
export interface Step<S> {
  what: string;
  next: S;
  crash?: true;
}

/** A system of processes, as a state and what can happen to it next. */
export interface Model<S> {
  initial: S;
  /** The canonical form: two states are the same if and only if their keys are. */
  key(state: S): string;
  steps(state: S): Step<S>[];
  /** The invariants that do not hold in this state, by name. */
  faults(state: S): string[];
  /** How it ended, if every process has stopped; else undefined. */
  outcome(state: S): string | undefined;
}

export interface Exploration {
  states: number;
  transitions: number;
  /** For every invariant that was broken: in how many states, and a shortest way to one of them. */
  faults: Map<string, { states: number; trace: string[] }>;
  /** Every way in which it can end. */
  outcomes: Set<string>;
  /** States from which no end can be reached unless a process crashes. */
  stuck: number;
}

/** Visits every reachable state once, breadth first, so that the traces it returns are shortest; no more of them once it has seen the fault that is looked for. */
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
  // A set hands out what is added to it while it is walked.
  for (const state of reaching) for (const before of predecessors[state] ?? []) reaching.add(before);
  return reaching.size;
}

/**
 * Counts interleavings: the runs from the start to an end, and those among them that end in the given fault. Only
 * for models in which every run ends.
 */
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
