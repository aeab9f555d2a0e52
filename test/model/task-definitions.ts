/**
 * Task definitions of ECS by their content (ADR 51): functions that wake at any time and concurrently, each with its own cache of registrations,
 * a definition that somebody deletes by hand, a crash after any step. Lost answers of RunTask are in `ecs-launch.ts`.
 */
import type { Model, Step } from './checker.ts';
import { numbering } from './numbering.ts';

/** A flaw in the protocol. The tests show the effect of each. */
export type DefinitionFlaw =
  | 'who is overtaken keeps what it prepared'
  | 'what could not start forgets what it replaces'
  | 'it is over before what it replaced is given up'
  | 'a launch that is over goes with time'
  | 'what is deleted fails the attempt'
  | 'what is remembered is never looked up again';

export interface DefinitionCast {
  readonly functions: 1 | 2;
  /** The content of each attempt, in sequence; then the composition is closed. */
  readonly contents: readonly ('A' | 'B')[];
  /** Whether a function caches its registrations and look-ups. */
  readonly remembers?: boolean;
  /** Whether somebody deregisters a definition by hand, once. */
  readonly deletes?: boolean;
  /** Whether one function dies after any step. */
  readonly crashes?: boolean;
}

interface Definition {
  readonly content: string;
  readonly isActive: boolean;
  /** Whether a row has ever named it. */
  readonly isNamed: boolean;
}

interface Row {
  readonly version: number;
  /** The last launched attempt; or the one before, if nothing could start. */
  readonly attempt: number;
  readonly definition: number;
  readonly replaces?: number;
  readonly isLaunched?: true;
  readonly isOver?: true;
  readonly isForgotten?: true;
}

interface Worker {
  readonly at:
    | 'idle'
    | 'knows'
    | 'looked up'
    | 'prepared'
    | 'overtaken'
    | 'asks'
    | 'saw the end'
    | 'gave up'
    | 'gives up late'
    | 'forgot';
  readonly row?: Row;
  readonly attempt?: number;
  readonly definition?: number;
  /** The cache of this process, by content. */
  readonly memory: Readonly<Record<string, number>>;
}

interface State {
  /** The requested attempt, counted from 1; 0 after the composition is closed. */
  readonly attempt: number;
  readonly hasEnded: boolean;
  readonly row?: Row;
  readonly definitions: readonly Definition[];
  /** Attempts that were started, and the one that runs. */
  readonly started: readonly number[];
  readonly runs?: number;
  readonly workers: readonly Worker[];
  readonly mayDelete: boolean;
  readonly mayCrash: boolean;
}

export const taskDefinitions = (cast: DefinitionCast, flaw?: DefinitionFlaw): Model<State> => {
  const contentOf = (attempt: number): string => cast.contents[attempt - 1] ?? '';
  const put = (state: State, at: number, worker: Worker): State => ({
    ...state,
    workers: state.workers.map((one, i) => (i === at ? worker : one)),
  });
  /** A write on condition that the row is unchanged; undefined otherwise. */
  const write = (state: State, read: Row | undefined, row: Omit<Row, 'version'>): State | undefined => {
    if (state.row?.version !== read?.version) return undefined;
    const definitions = state.definitions.map((one, i) =>
      i === row.definition ? { ...one, isNamed: true } : one,
    );
    return { ...state, definitions, row: { ...row, version: (state.row?.version ?? 0) + 1 } };
  };
  const giveUp = (state: State, definition: number): State => ({
    ...state,
    definitions: state.definitions.map((one, i) => (i === definition ? { ...one, isActive: false } : one)),
  });
  const remember = (memory: Worker['memory'], content: string, definition: number): Worker['memory'] =>
    cast.remembers ? { ...memory, [content]: definition } : memory;
  const lose = (memory: Worker['memory'], definition: number): Worker['memory'] =>
    flaw === 'what is remembered is never looked up again'
      ? memory
      : Object.fromEntries(Object.entries(memory).filter(([, known]) => known !== definition));

  const ofWorker = (state: State, at: number): Step<State>[] => {
    const worker = state.workers[at] as Worker;
    const { row, attempt = 0, definition = -1, memory } = worker;
    const idle: Worker = { at: 'idle', memory };
    const to = (what: string, next: State, after: Worker): Step<State>[] => [
      { what: `function ${at} ${what}`, next: put(next, at, after) },
    ];
    switch (worker.at) {
      case 'idle':
        return to('wakes, and reads', state, {
          ...{ at: 'knows', memory, attempt: state.hasEnded ? -1 : state.attempt },
          ...(state.row ? { row: state.row } : {}),
        });
      case 'knows':
        return knowing(state, worker, to);
      case 'looked up': {
        const content = contentOf(attempt);
        const made = state.definitions.length;
        const definitions = [...state.definitions, { content, isActive: true, isNamed: false }];
        const knows = {
          ...worker,
          at: 'prepared',
          definition: made,
          memory: remember(memory, content, made),
        } as const;
        return to('registers a definition', { ...state, definitions }, knows);
      }
      case 'prepared': {
        const replaces = row && row.definition !== definition ? { replaces: row.definition } : {};
        const written = write(state, row, { attempt, definition, ...replaces });
        if (written?.row) return to('writes the row', written, { ...worker, at: 'asks', row: written.row });
        return to('is overtaken', state, { ...worker, at: 'overtaken' });
      }
      case 'overtaken': {
        const isOfRow = state.row?.definition === definition || state.row?.replaces === definition;
        if (isOfRow || flaw === 'who is overtaken keeps what it prepared')
          return to('leaves it', state, idle);
        return to('gives up what it prepared', giveUp(state, definition), {
          at: 'idle',
          memory: lose(memory, definition),
        });
      }
      case 'asks': {
        if (!row) return [];
        const isStarted = state.started.includes(row.attempt);
        if (isStarted || state.definitions[row.definition]?.isActive) {
          const next = isStarted
            ? state
            : { ...state, started: [...state.started, row.attempt], runs: row.attempt };
          return to('has it run', write(next, row, { ...row, isLaunched: true }) ?? next, idle);
        }
        if (flaw === 'what is deleted fails the attempt')
          return to('sees it fail', state, { ...worker, at: 'saw the end' });
        const rest = { ...idle, memory: lose(memory, row.definition) };
        const empty = { ...row, attempt: row.attempt - 1 };
        if (flaw === 'what could not start forgets what it replaces' || row.replaces === undefined)
          return to('finds it deleted', write(state, row, { ...empty, isOver: true }) ?? state, rest);
        return to('finds it deleted', giveUp(state, row.replaces), {
          ...{ at: 'gave up', memory: lose(rest.memory, row.replaces), row, attempt: row.attempt - 1 },
        });
      }
      case 'saw the end': {
        if (!row) return [];
        const told = state.attempt === row.attempt ? { ...state, hasEnded: true } : state;
        const { replaces } = row;
        if (flaw === 'it is over before what it replaced is given up' && replaces !== undefined) {
          const { replaces: _, ...kept } = row;
          const next = write(told, row, { ...kept, isOver: true }) ?? told;
          return to('writes that it is over', next, { at: 'gives up late', memory, definition: replaces });
        }
        const next = replaces === undefined ? told : giveUp(told, replaces);
        const left = replaces === undefined ? memory : lose(memory, replaces);
        return to('tells the end, and gives up what it replaced', next, {
          ...{ at: 'gave up', memory: left, row, attempt: row.attempt },
        });
      }
      case 'gives up late':
        return to('gives up what it replaced', giveUp(state, definition), {
          at: 'idle',
          memory: lose(memory, definition),
        });
      case 'gave up': {
        if (!row) return [];
        const { replaces: _, ...kept } = row;
        return to(
          'writes that it is over',
          write(state, row, { ...kept, attempt, isOver: true }) ?? state,
          idle,
        );
      }
      case 'forgot':
        return row ? to('writes that', write(state, row, { ...row, isForgotten: true }) ?? state, idle) : [];
    }
  };

  const knowing = (
    state: State,
    worker: Worker,
    to: (what: string, next: State, after: Worker) => Step<State>[],
  ): Step<State>[] => {
    const { row, attempt = 0, memory } = worker;
    const idle: Worker = { at: 'idle', memory };
    if (row && !row.isOver) {
      if (!row.isLaunched) return to('asks again', state, { ...worker, at: 'asks' });
      if (state.runs === row.attempt) return to('sees it run', state, idle);
      return to('sees that it has ended', state, { ...worker, at: 'saw the end' });
    }
    if (attempt === 0)
      return !row || row.isForgotten
        ? to('has nothing to do', state, idle)
        : to('gives up the last one', giveUp(state, row.definition), {
            ...{ at: 'forgot', row, memory: lose(memory, row.definition) },
          });
    if (attempt < 0 || attempt <= (row?.attempt ?? 0)) return to('has nothing to do', state, idle);
    const content = contentOf(attempt);
    const newest = state.definitions.findLastIndex((one) => one.content === content && one.isActive);
    const known = memory[content] ?? (newest < 0 ? undefined : newest);
    if (known === undefined) return to('finds no definition', state, { ...worker, at: 'looked up' });
    const after = {
      ...worker,
      at: 'prepared',
      definition: known,
      memory: remember(memory, content, known),
    } as const;
    return to('finds a definition', state, after);
  };

  const ofOthers = (state: State): Step<State>[] => {
    const steps: Step<State>[] = [];
    const { attempt, hasEnded, row, runs } = state;
    if (runs !== undefined) {
      const { runs: _, ...ended } = state;
      steps.push({ what: `attempt ${runs} ends`, next: ended });
    }
    if (hasEnded && attempt > 0) {
      const next = attempt < cast.contents.length ? attempt + 1 : 0;
      steps.push({
        what: next ? `attempt ${next} is bound` : 'it is closed',
        next: { ...state, attempt: next, hasEnded: false },
      });
    }
    if (state.mayDelete)
      state.definitions.forEach(({ isActive }, i) => {
        if (isActive)
          steps.push({
            what: `somebody deletes definition ${i}`,
            next: { ...giveUp(state, i), mayDelete: false },
          });
      });
    if (flaw === 'a launch that is over goes with time' && row?.isOver) {
      const { row: _, ...rest } = state;
      steps.push({ what: 'the row goes', next: rest });
    }
    return steps;
  };

  /** The number of registrations, as far as the model counts them. */
  const registered = ({ definitions }: State): number =>
    Math.min(definitions.length, cast.contents.length + 1);
  const isQuiet = ({ workers }: State): boolean => workers.every(({ at }) => at === 'idle');
  const isClosed = ({ attempt, row }: State): boolean => attempt === 0 && (!row || row.isForgotten === true);

  // Versions matter by their order.
  const numberOf = numbering((_, member) => member === 'version');
  return {
    initial: {
      ...{ attempt: 1, hasEnded: false, definitions: [], started: [] },
      workers: Array.from({ length: cast.functions }, () => ({ at: 'idle', memory: {} })),
      mayDelete: cast.deletes === true,
      mayCrash: cast.crashes === true,
    },
    key(state) {
      const { row, workers, definitions } = state;
      const rows = [row, ...workers.map((one) => one.row)];
      const named = new Set(rows.flatMap((one) => [one?.definition, one?.replaces]));
      for (const { definition, memory } of workers)
        for (const i of [definition, ...Object.values(memory)]) named.add(i);
      const whole = {
        ...{ ...state, registered: registered(state) },
        version: [...new Set(rows.map((one) => one?.version))].sort(),
      };
      // Deleted definitions matter only if something names them.
      const kept = definitions.flatMap(({ isActive }, i) => (isActive || named.has(i) ? [i] : []));
      if (kept.length === definitions.length) return numberOf(whole);
      const of = (i: number | undefined) => (i === undefined ? undefined : kept.indexOf(i));
      const ofRow = (one: Row | undefined) =>
        one && { ...one, definition: of(one.definition), replaces: of(one.replaces) };
      return numberOf({
        ...{ ...whole, row: ofRow(row), definitions: kept.map((i) => definitions[i]) },
        workers: workers.map((one) => ({
          ...{ ...one, row: ofRow(one.row), definition: of(one.definition) },
          memory: Object.fromEntries(Object.entries(one.memory).map(([content, i]) => [content, of(i)])),
        })),
      });
    },
    steps(state) {
      return [
        ...ofOthers(state),
        ...state.workers.flatMap((worker, at): Step<State>[] => [
          ...(state.mayCrash && worker.at !== 'idle'
            ? [
                {
                  what: `function ${at} crashes`,
                  next: put({ ...state, mayCrash: false }, at, { at: 'idle', memory: {} }),
                  crash: true as const,
                },
              ]
            : []),
          ...ofWorker(state, at),
        ]),
      ];
    },
    faults(state) {
      const { definitions, row, started, attempt, hasEnded } = state;
      const faults: string[] = [];
      if (new Set(started).size < started.length) faults.push('an attempt is two tasks');
      if (hasEnded && !started.includes(attempt)) faults.push('an attempt ends that never started');
      if (!isQuiet(state)) return faults;
      // A definition registered by a function that died before its write is named by nothing.
      const left = definitions.flatMap(({ isActive, isNamed }, i) =>
        isActive && (isNamed || state.mayCrash || !cast.crashes) ? [i] : [],
      );
      const known = row && !row.isForgotten ? [row.definition, row.replaces] : [];
      if (left.some((i) => !known.includes(i))) faults.push('nothing knows of a definition');
      return faults;
    },
    outcome(state) {
      if (!isQuiet(state) || !isClosed(state)) return undefined;
      return `${state.started.length} started of ${registered(state)}`;
    },
  };
};
