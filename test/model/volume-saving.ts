/**
 * The writes of a task to a volume: the volume is attached by a bind, and saved after the unbind by the engine that has it (ADR 44). Each step is
 * one read or commit of the service, or one act on an engine.
 */
import type { Model, Step } from './checker.ts';
import { numbering } from './numbering.ts';
import { runnerSteps } from './saving-runner.ts';
import { serviceSteps } from './saving-service.ts';

/** A flaw in the protocol. The tests show what each flaw breaks, so every rule is necessary. */
export type SavingFlaw =
  | 'a bind does not fence'
  | 'a bind raises no guard'
  | 'a bind commits without its guard'
  | 'a bind reads what the volume has before it raises its guard'
  | 'a bind does not mind a row'
  | 'a create does not look at the row'
  | 'a create looks at the row before it looks at the guard'
  | 'a rebind is another attachment'
  | 'a rebind forgets the engine'
  | 'a rebind leaves the upload'
  | 'an unbind detaches though an engine may write by now'
  | 'an executor leaves while it saves'
  | 'a claim does not mind another engine'
  | 'a claim is granted while it saves'
  | 'a container is made after its claim'
  | 'a container starts before its claim'
  | 'an engine says that nothing changed where it has nothing'
  | 'a save names no round'
  | 'a save that begins leaves the row as it is'
  | 'a save that begins waits for a replacement'
  | 'a save that begins needs the lease'
  | 'an engine compares while a container writes'
  | 'an engine compares with what was there at the last bind'
  | 'a copy is one for its volume'
  | 'an acceptance does not require the volume as it was read'
  | 'a refusal ends the attachment'
  | 'an upload that is given up leaves the row'
  | 'a release leaves the upload'
  | 'a machine that returns takes what is gone for saved';

/** A generated name, only compared for equality. */
export type Name = number;
const FRESH = 1_000;

/** The content of a volume: the uploaded data, and one entry for each write, named by its attachment. */
export type Content = readonly Name[];
const UPLOADED = 0;
export const REPLACED = 1;
/** Read during a write. */
export const TORN = 2;

interface Upload {
  readonly key: Name;
  readonly checksum: Content;
  /** Absent for a replacement by hand. */
  readonly attachment?: Name;
  /** The bytes in the store, which are no part of the record. */
  readonly bytes?: Content;
  /** The attempt to verify it, once all bytes are there. */
  readonly attempt?: Name;
}

export interface Volume {
  readonly revision: Name;
  readonly data: Content;
  readonly upload?: Upload;
}

export interface Row {
  readonly id: Name;
  readonly executor: number;
  /** New with each rebind. */
  readonly round: Name;
  /** The content of the volume at the bind. */
  readonly base: Content;
  readonly state: 'attached' | 'saving' | 'verifying';
  readonly engine?: number;
  readonly upload?: Name;
}

/** The composition of an executor, whose only member is the volume; a bound composition has a task that writes. */
export interface Composition {
  readonly revision: Name;
  readonly isJoined: boolean;
  readonly isBound: boolean;
  readonly saving?: Name;
  /** The end of its last attachment. */
  readonly settled?: readonly [Name, End];
}

/** The end of an attachment. */
export type End = 'saved' | 'unused' | 'discarded' | 'released';

/** An engine's copy for an attachment. */
export interface Copy {
  readonly attachment: Name;
  /** Its content after the fill. */
  readonly from: Content;
  readonly content: Content;
  /** Its content at the last start of a container, if that matters. */
  readonly begun?: Content;
  readonly sent?: Content;
  readonly isWritten?: true;
  readonly isKept?: true;
}

interface Container {
  readonly executor: number;
  readonly attachment: Name;
  readonly runs: boolean;
}

export interface Engine {
  readonly copies: readonly Copy[];
  readonly containers: readonly Container[];
  readonly isDead?: true;
}

/** A request to the service, and its progress. */
export interface Call {
  readonly what: /** Who composes joins and binds in one transaction (ADR 45). */
    | ('compose' | 'bind' | 'unbind' | 'discard' | 'leave' | 'join')
    | ('release' | 'delete' | 'create' | 'replace' | 'sweep' | 'verify')
    | ('claim' | 'unchanged' | 'begin' | 'complete');
  readonly at:
    | ('read' | 'guard' | 'look' | 'fence' | 'commit' | 'back')
    | ('announce' | 'withdraw' | 'put' | 'complete')
    | 'answered';
  readonly executor?: number;
  readonly engine?: number;
  readonly attachment?: Name;
  readonly round?: Name;
  readonly archive?: Content;
  /** The values that were read: revisions, the row, the data, and the place of an upload. */
  readonly saw?: Seen;
  readonly guard?: Name;
  readonly key?: Name;
  readonly answer?: string;
}

interface Seen {
  readonly composition?: Name;
  readonly volume?: Name;
  readonly row?: Row;
  readonly data?: Content;
  readonly upload?: Name;
}

/** A client that makes calls in sequence. */
export interface Person {
  readonly todo: readonly Call['what'][];
  readonly executor?: number;
  readonly call?: Call;
  readonly answers: readonly string[];
  readonly isGone?: true;
}

/** A runner, and its next action. */
export interface Runner {
  readonly engine: number;
  readonly at: 'looks' | 'fills' | 'makes' | 'starts' | 'compares' | 'reads' | 'sends' | 'asks';
  readonly executor?: number;
  readonly attachment?: Name;
  readonly round?: Name;
  readonly archive?: Content;
  readonly key?: Name;
  readonly call?: Call;
}

export interface State {
  readonly next: Name;
  readonly volume?: Volume;
  readonly row?: Row;
  readonly guard?: Name;
  /** A child of the volume: an intent, or an existing child with its content. */
  readonly child?: 'intent' | { readonly of: Content };
  readonly compositions: readonly Composition[];
  readonly engines: readonly Engine[];
  readonly people: readonly Person[];
  readonly runners: readonly Runner[];
  readonly verifier?: Call;
  readonly sweeper?: Call;
  /** A request without a waiting sender, which may still arrive. */
  readonly late?: Call;
  /** The engine with the lease of each executor's location. */
  readonly lease: readonly number[];
  readonly ends: readonly (readonly [Name, End])[];
  /** The remaining mishaps of each kind. */
  readonly left: Readonly<Record<Mishap, number>>;
  readonly broken?: string;
}

/** Mishaps with a limited number. */
export type Mishap = 'writes' | 'crashes' | 'copies' | 'refusals' | 'sweeps' | 'moves' | 'deaths' | 'goings';

/** The start, and the processes. */
export interface SavingCast {
  readonly people: readonly (readonly [executor: number | undefined, ...todo: Call['what'][]])[];
  /** The engine of each runner. */
  readonly runners?: readonly number[];
  /** The engine with the lease, for each executor. */
  readonly lease?: readonly number[];
  readonly joined?: readonly boolean[];
  readonly mishaps?: Partial<Record<Mishap, number>>;
}

/** The protocol, with a flaw if one is set. */
export interface Rules {
  readonly flaw?: SavingFlaw | undefined;
}

export const isEqual = (one: Content, other: Content): boolean =>
  one.length === other.length && one.every((entry, at) => entry === other[at]);

export const uses = (state: State, mishap: Mishap): State => ({
  ...state,
  left: { ...state.left, [mishap]: state.left[mishap] - 1 },
});

/** Generated names are only compared for equality, and an end matters only while an engine has something of its attachment. */
const keys = (): ((state: State) => number) => {
  const numberOf = numbering((leaf) => typeof leaf === 'number' && leaf >= FRESH);
  return ({ next: _, ends, ...state }) => {
    const there = state.engines.flatMap(({ copies, containers }) =>
      [...copies, ...containers].map(({ attachment }) => attachment),
    );
    return numberOf({ ...state, ends: ends.filter(([attachment]) => there.includes(attachment)) });
  };
};

const faultsOf = ({ volume, row, child, compositions, engines, broken }: State): string[] => {
  const faults = broken === undefined ? [] : [broken];
  const writing = engines.flatMap(({ containers }, engine) =>
    containers.filter(({ attachment, runs }) => runs && attachment === row?.id).map(() => engine),
  );
  if (new Set(writing).size > 1) faults.push('two engines write');
  for (const { containers } of engines) {
    const isTwice = containers.some(({ attachment, executor }) =>
      containers.some((other) => other.attachment === attachment && other.executor !== executor),
    );
    if (isTwice) faults.push('two executors write to one copy');
  }
  if (child && child !== 'intent' && (!volume || !isEqual(child.of, volume.data)))
    faults.push('a child of what changed');
  if (row && !volume) faults.push('a row of nobody');
  if (row && volume && !isEqual(row.base, volume.data)) faults.push('the base is not what the volume has');
  for (const [executor, { isBound, saving, isJoined }] of compositions.entries()) {
    const own = row?.executor === executor ? row : undefined;
    if (isJoined && !volume) faults.push('a member that is not there');
    if (own && !isJoined) faults.push('a row of nobody');
    if (isBound !== (own?.state === 'attached')) faults.push('bound, and not attached');
    if (saving !== (own && own.state !== 'attached' ? own.id : undefined)) faults.push('a row of nobody');
  }
  const { attachment, key, attempt } = volume?.upload ?? {};
  if (row?.upload !== (attachment === undefined ? undefined : key)) faults.push('an upload of nobody');
  if (attachment !== undefined && attachment !== row?.id) faults.push('an upload of nobody');
  if (row && (row.state === 'verifying') !== (attachment !== undefined && attempt !== undefined))
    faults.push('nobody verifies what is verifying');
  return faults;
};

export const volumeSaving = (cast: SavingCast, flaw?: SavingFlaw): Model<State> => {
  const { people, lease = [0], runners = [0], joined = lease.map(() => true), mishaps = {} } = cast;
  const rules: Rules = { flaw };
  const engines = Math.max(...runners, ...lease, 0) + 1;
  const none = { writes: 0, crashes: 0, copies: 0, refusals: 0, sweeps: 0, moves: 0, deaths: 0, goings: 0 };
  return {
    initial: {
      next: FRESH + 1,
      volume: { revision: FRESH, data: [UPLOADED] },
      compositions: joined.map((isJoined) => ({ revision: FRESH, isJoined, isBound: false })),
      engines: Array.from({ length: engines }, () => ({ copies: [], containers: [] })),
      people: people.map(([executor, ...todo]) => ({
        todo,
        answers: [],
        ...(executor === undefined ? {} : { executor }),
      })),
      runners: runners.map((engine) => ({ engine, at: 'looks' })),
      lease,
      ends: [],
      left: { ...none, writes: 1, ...mishaps },
    },
    key: keys(),
    steps: (state): Step<State>[] =>
      // A faulty state needs no further steps.
      faultsOf(state).length > 0 ? [] : [...serviceSteps(state, rules), ...runnerSteps(state, rules)],
    faults: faultsOf,
    outcome(state) {
      const { people, late, verifier, sweeper, engines, row, volume, runners } = state;
      // An administrator eventually gives up copies that only a dead machine has.
      const isLost = row?.engine !== undefined && engines[row.engine]?.isDead;
      const isOver =
        people.every(({ todo, call, isGone }) => isGone || isLost || (todo.length === 0 && !call)) &&
        (isLost || !row || row.state === 'attached') &&
        !late &&
        !verifier &&
        !sweeper &&
        runnerSteps({ ...state, left: none }, rules).length === 0 &&
        runners.every(({ at }) => at === 'looks') &&
        serviceSteps({ ...state, left: none }, rules).length === 0;
      if (!isOver) return undefined;
      const kept = engines.flatMap(({ copies }) => copies).filter(({ isKept }) => isKept).length;
      const answers = people.map(({ isGone, answers }) => (isGone ? 'gone' : answers.join(' ')));
      const written = volume
        ? ` of ${volume.data.map((entry) => (entry < FRESH ? entry : 'w')).join('')}`
        : '';
      return `${answers.join(', ')}:${row ? ` ${row.state}` : ''}${written}${kept > 0 ? ` kept ${kept}` : ''}`;
    },
  };
};
