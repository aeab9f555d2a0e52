/** Two runners write the output of one attempt. Lines are numbered; a mark is the number of a line. */
import { type Addition, type Segment, standingOf } from '../../lib/output/segment.ts';
import type { Model, Step } from './checker.ts';
import { numbering } from './numbering.ts';

/** The omitted part of the protocol, whose absence the model must detect. */
export type OutputFlaw =
  | 'a segment is added without regard to what it follows'
  | 'who goes on does not doubt first'
  | 'what is in doubt is read'
  | 'one doubt is like another'
  | 'the last is not looked at once more';

const LINES = 2;
/** The number of lost answers, and of requests that arrive a second time, later. */
export interface Mishaps {
  readonly losses: number;
  readonly copies: number;
  readonly writers: 1 | 2;
}

interface Piece {
  readonly after: number;
  readonly mark: number;
  readonly isLarge: boolean;
}

interface Row extends Piece {
  /** Only for a large segment. */
  readonly blob?: number;
  /** The process that marked it as in doubt. */
  readonly doubt?: number;
}

/** A request at the service, step by step; without a piece it asks for the end of the output. */
interface Call {
  readonly piece?: Piece;
  readonly at: 'begin' | 'add' | 'doubt' | 'stat' | 'settle' | 'replace' | 'end';
  /** The last row as it was read, and its number. */
  readonly last?: Row;
  readonly word?: number;
  readonly sequence?: number;
}

interface Writer {
  readonly state: 'opens' | 'writes' | 'sends' | 'closes' | 'done' | 'crashed';
  readonly end: number;
  readonly piece?: Piece;
  readonly blob?: number;
  readonly isUnsure?: true;
  readonly call?: Call;
}

interface State {
  readonly rows: readonly Row[];
  readonly blobs: readonly number[];
  readonly next: number;
  readonly writers: readonly Writer[];
  /** A request that arrives a second time. */
  readonly copy?: Call;
  readonly copies: number;
  readonly losses: number;
  readonly read: { readonly sequence: number; readonly mark: number; readonly fault?: string };
}

/** In the form of the service's code. */
const segmentOf = ({ after, mark, isLarge, blob, doubt }: Row, sequence: number): Segment => ({
  ...(after === 0 ? {} : { after: String(after) }),
  mark: String(mark),
  at: '',
  lines: mark - after,
  size: mark - after,
  total: mark,
  sequence,
  ...(isLarge ? { checksum: `sha256:${after}-${mark}`, blob: String(blob) } : { text: `${after}-${mark}` }),
  ...(doubt === undefined ? {} : { isDoubted: true }),
});
const additionOf = (piece: Piece): Addition => segmentOf(piece, 0) as Addition;

type Answer = { readonly mark: number; readonly blob?: number };
type Went = { readonly state: State; readonly call?: Call; readonly answer?: Answer };

const isThere = ({ blobs }: State, { blob }: Pick<Row, 'blob'>): boolean =>
  blob === undefined || blobs.includes(blob);

const answerOf = ({ mark, blob }: Row): Answer => ({ mark, ...(blob === undefined ? {} : { blob }) });

/** One step of a request at the service. */
const serve = (state: State, call: Call, flaw?: OutputFlaw): Went => {
  const { piece, last, sequence = 0 } = call;
  const { rows, next } = state;
  const present = rows[sequence - 1];
  const isIn = present?.blob === last?.blob;
  const isMine =
    isIn &&
    (flaw === 'who goes on does not doubt first' ||
      (flaw === 'one doubt is like another' ? present?.doubt !== undefined : present?.doubt === call.word));
  const again: Went = { state, call: { ...(piece ? { piece } : {}), at: 'begin' } };
  const put = (at: number, row: Row): State => ({ ...state, rows: Object.assign([...rows], { [at]: row }) });
  const made = (): { row: Row; following: number } =>
    piece?.isLarge
      ? { row: { ...piece, blob: next }, following: next + 1 }
      : { row: piece as Row, following: next };
  switch (call.at) {
    case 'begin': {
      const found = rows.at(-1);
      const read = { ...call, ...(found ? { last: found } : {}), sequence: rows.length };
      if (!piece) return { state, call: { ...read, at: 'end' } };
      const standing = standingOf(found && segmentOf(found, rows.length), additionOf(piece));
      const isAdded =
        standing === 'next' ||
        (flaw === 'a segment is added without regard to what it follows' && standing === 'elsewhere');
      if (isAdded) return { state, call: { ...read, at: 'add' } };
      if (standing === 'stored')
        return {
          state,
          answer: { mark: piece.mark, ...(found?.blob === undefined ? {} : { blob: found.blob }) },
        };
      if (standing === 'unsettled')
        return {
          state,
          call: { ...read, at: flaw === 'who goes on does not doubt first' ? 'stat' : 'doubt' },
        };
      return { state, call: { ...read, at: 'end' } };
    }
    case 'end': {
      if (!last) return { state, answer: { mark: 0 } };
      return {
        state,
        answer: { mark: last.doubt === undefined && isThere(state, last) ? last.mark : last.after },
      };
    }
    case 'add': {
      if (rows.length !== sequence) return again;
      const { row, following } = made();
      return { state: { ...put(sequence, row), next: following }, answer: answerOf(row) };
    }
    case 'doubt':
      if (!isIn) return again;
      return {
        state: { ...put(sequence - 1, { ...(present as Row), doubt: next }), next: next + 1 },
        call: { ...call, at: 'stat', word: next },
      };
    case 'stat':
      return { state, call: { ...call, at: isThere(state, last as Row) ? 'settle' : 'replace' } };
    case 'settle': {
      if (!isMine) return again;
      const { doubt: _, ...row } = present as Row;
      return { state: put(sequence - 1, row), answer: { mark: row.mark } };
    }
    case 'replace': {
      if (!isMine) return again;
      const { row, following } = made();
      return { state: { ...put(sequence - 1, row), next: following }, answer: answerOf(row) };
    }
  }
};

/** A writer's reaction to an answer. */
const heard = (writer: Writer, { mark, blob }: Answer): Writer => {
  const { call: _, ...rest } = writer;
  if (rest.state === 'opens') return { ...rest, state: 'writes', end: mark };
  const rewound = (): Writer => ({ state: 'writes', end: mark });
  if (rest.state === 'closes') return mark === rest.end ? { ...rest, state: 'done' } : rewound();
  const piece = rest.piece as Piece;
  if (mark === piece.mark) {
    if (blob !== undefined) return { ...rest, state: 'sends', blob };
    return { state: 'writes', end: mark };
  }
  if (mark < rest.end) return rewound();
  if (mark === rest.end) return rest;
  return mark > piece.mark
    ? { state: 'writes', end: mark }
    : { ...rest, end: mark, piece: { ...piece, after: mark } };
};

/** Whether a member contains a generated number: these are only compared for equality. */
const isName = (_: unknown, member: string): boolean => ['blob', 'doubt', 'word'].includes(member);

/** Writers are interchangeable, and a blob matters only to who names it. */
const keys = (): ((state: State) => number) => {
  const [shapeOf, numberOf] = [numbering(isName), numbering(isName)];
  return (state) => {
    const { rows, writers, copy, copies, losses, read } = state;
    const alike = writers.toSorted((one, other) => (shapeOf(one) < shapeOf(other) ? -1 : 1));
    const lasts = [...alike.map(({ call }) => call), copy].map((call) => call?.last ?? {});
    const there = [...rows, ...alike, ...lasts].map((one) => isThere(state, one));
    return numberOf({ rows, alike, copy, copies, losses, read, there });
  };
};

export const outputOf = (mishaps: Mishaps, flaw?: OutputFlaw): Model<State> => ({
  initial: {
    rows: [],
    blobs: [],
    next: 1,
    writers: Array.from({ length: mishaps.writers }, () => ({ state: 'opens', end: 0 }) as const),
    copies: 0,
    losses: 0,
    read: { sequence: 0, mark: 0 },
  },
  key: keys(),
  steps(state) {
    const steps: Step<State>[] = [];
    // A faulty state needs no further steps.
    if (state.read.fault || state.rows.length > LINES + 1) return steps;
    const withWriter = (of: State, at: number, writer: Writer): State => ({
      ...of,
      writers: of.writers.map((each, nth) => (nth === at ? writer : each)),
    });
    for (const [at, writer] of state.writers.entries()) {
      const step = (what: string, next: State, crash?: true): void =>
        void steps.push({ what: `${at} ${what}`, next, ...(crash ? { crash } : {}) });
      if (writer.state === 'done' || writer.state === 'crashed') continue;
      const { call } = writer;
      step('crashes', withWriter(state, at, { state: 'crashed', end: 0 }), true);
      if (call) {
        const went = serve(state, call, flaw);
        step(
          call.at,
          withWriter(
            went.state,
            at,
            went.answer
              ? heard(writer, went.answer)
              : { ...writer, ...(went.call ? { call: went.call } : {}) },
          ),
        );
        if (state.losses < mishaps.losses) {
          const { call: _, ...without } = writer;
          step(`${call.at}, and is not heard`, {
            ...withWriter(went.state, at, without),
            losses: state.losses + 1,
          });
        }
        continue;
      }
      const ask = (asking: Writer, asked: Call): void => {
        // The request under way is not visible.
        const went = serve(state, asked, flaw);
        const next = went.answer
          ? heard(asking, went.answer)
          : { ...asking, ...(went.call ? { call: went.call } : {}) };
        step('asks', withWriter(went.state, at, next));
        if (asked.piece && state.copies < mishaps.copies)
          step('asks twice', {
            ...withWriter(state, at, { ...asking, call: asked }),
            copy: asked,
            copies: state.copies + 1,
          });
      };
      if (writer.state === 'opens') ask(writer, { at: 'begin' });
      else if (writer.state === 'closes') {
        if (!writer.isUnsure || flaw === 'the last is not looked at once more')
          step('is done', withWriter(state, at, { ...writer, state: 'done' }));
        else ask(writer, { at: 'begin' });
      } else if (writer.state === 'sends') {
        const sent = { ...state, blobs: [...new Set([...state.blobs, writer.blob as number])].toSorted() };
        const { mark } = writer.piece as Piece;
        step('sends', withWriter(sent, at, { state: 'writes', end: mark, isUnsure: true }));
      } else if (writer.piece) ask(writer, { piece: writer.piece, at: 'begin' });
      else if (writer.end === LINES) step('closes', withWriter(state, at, { ...writer, state: 'closes' }));
      else
        for (let mark = writer.end + 1; mark <= LINES; mark += 1)
          for (const isLarge of [false, true]) {
            const piece = { after: writer.end, mark, isLarge };
            ask({ state: 'writes', end: writer.end, piece }, { piece, at: 'begin' });
          }
    }
    if (state.copy) {
      const { copy, ...rest } = state;
      const went = serve(rest, copy, flaw);
      steps.push({
        what: `a copy: ${copy.at}`,
        next: went.call ? { ...went.state, copy: went.call } : went.state,
      });
    }
    const { sequence, mark } = state.read;
    const row = state.rows[sequence];
    if (row) {
      const isLast = sequence === state.rows.length - 1;
      const isHidden = row.doubt !== undefined && flaw !== 'what is in doubt is read';
      const isSeen = isThere(state, row) && !isHidden;
      if (isSeen || !isLast) {
        const fault = !isThere(state, row)
          ? 'a segment has no bytes'
          : row.after !== mark
            ? 'a line is missing, or there twice'
            : undefined;
        steps.push({
          what: 'reads',
          next: { ...state, read: { sequence: sequence + 1, mark: row.mark, ...(fault ? { fault } : {}) } },
        });
      }
    }
    return steps;
  },
  faults(state) {
    const faults = state.read.fault ? [state.read.fault] : [];
    const last = state.rows.at(-1);
    const isWhole = last?.mark === LINES && isThere(state, last);
    const isDone = state.writers.some((writer) => writer.state === 'done');
    // Another process may look at it at that moment, and settle it.
    if (isDone && !isWhole) faults.push('it was said that all is there');
    return faults;
  },
  outcome({ writers, copy }) {
    if (copy || writers.some(({ state }) => state !== 'done' && state !== 'crashed')) return undefined;
    return writers.map(({ state }) => state).join(', ');
  },
});
