import { apply, type Store, type Write, type Written } from './store.ts';

/** The step of a process, with its memory. */
export interface Local {
  at: string;
}

export interface Stopped extends Local {
  at: 'answered' | 'crashed';
  answer: string;
}

export interface Move<L extends Local> {
  what: string;
  store: Store;
  local: L | Stopped;
}

/** A process of the protocol. Each move is one atomic operation of the storage. */
export interface Program<L extends Local = Local> {
  id: string;
  start: L;
  moves(store: Store, local: L): Move<L>[];
}

/** A flaw in the protocol. The tests show that each one breaks it, so every clause is necessary. */
export type Flaw =
  | 'the referrer looks before it announces itself'
  | 'the referrer reads the element before the guard'
  | 'the referrer commits without its intent'
  | 'the deleter does not fence'
  | 'the deleter erases without its guard'
  | 'the deleter erases whatever was referred to since'
  | 'a put intent is repeated blindly'
  | 'a put guard is repeated blindly'
  | 'a standing guard is broken like any other'
  | 'the exclusive join does not fence'
  | 'the exclusive join commits without its guard'
  | 'the exclusive join does not require the volume'
  | 'the exclusive leave does not require the revision'
  | 'the exclusive leave keeps the standing guard'
  | 'the executor is deleted whatever became of its composition'
  | 'a composition is opened whatever became of its executor'
  | 'a composition is made whatever composition is there'
  | 'a composition is made with the first of its intents'
  | 'an executor is made whatever has its name'
  | 'the executor is made before its members'
  | 'a leave does not require the composition'
  | 'an operation requires the nonce alone'
  | 'a report requires the revision alone'
  | 'an association does not move the revision'
  | 'an association does not require the revision'
  | 'tasks come along unannounced'
  | 'the storage is not read again with its tasks'
  | 'the deleter takes along the tags that it saw at first'
  | 'the deleter takes along tags whatever they name by now'
  | 'the deleter leaves the tags that it takes along their edges'
  | 'a tag is moved whatever it names by now'
  | 'a tag is moved by its revision alone'
  | 'a tag that moves keeps its former edge'
  | 'a tag is taken away whatever it names by now'
  | 'a tag is set whatever element has its name'
  | 'an element is created whatever tag has its name';

export interface Rules {
  /** Absent: the protocol of the adapters. */
  flaw?: Flaw;
  /** Whether copies of repeated requests may arrive late. */
  lateCopies: boolean;
}

export const answer = (answer: string): Stopped => ({ at: 'answered', answer });

/**
 * Sends a single-row write. A client that loses the answer repeats it, so a copy may arrive at any later time. At most one such copy is under way
 * in a state, which is enough to do harm.
 */
export function send(store: Store, write: Write, rules: Rules): Written[] {
  const written = apply(store, write);
  // A put has a token by which the storage recognises its copy; a delete names an attempt that never returns.
  const isRepeated = write.kind.startsWith('delete') || rules.flaw === `a ${write.kind} is repeated blindly`;
  if (!rules.lateCopies || !isRepeated || store.late) return written;
  return [
    ...written,
    ...written.map(({ store, accepted }) => ({ store: { ...store, late: write }, accepted })),
  ];
}
