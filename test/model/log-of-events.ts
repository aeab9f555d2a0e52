/**
 * The event log while it gets its shards: writers of three versions write the same changes, in any interleaving and with a crash after any step,
 * and a reader follows. Each step is one request to the storage (ADR 28).
 */
import type { Model, Step } from './checker.ts';
import { numbering } from './numbering.ts';

/** A flaw in the protocol. The tests show that each one breaks a promise, so every clause is necessary. */
export type LogFlaw =
  | 'the seal keeps the position'
  | 'the seal does not require the position'
  | 'who writes does not require the head'
  | 'who writes does not ask the histories'
  | 'who goes back writes the one sequence again'
  | 'the reader leaves the one sequence before its end'
  | 'the reader looks for the head after the events';

/** A version without shards; a version that writes shards if they exist, and the one sequence otherwise; a version that creates shards. */
export type Version = 'former' | 'between' | 'sharding';

/** `x1` and `x2` belong to one record, `y1` to another in another shard. */
const CHANGES = ['x1', 'x2', 'y1'] as const;
const shardOf = (event: string): number => (event.startsWith('x') ? 0 : 1);
/** In the one sequence from the start. */
const FIRST = 'w1';
const ATTEMPTS = 2;

interface Sequence {
  /** The position in its head; absent if it has none. */
  readonly head?: number;
  /** By position, from 1 on. */
  readonly rows: readonly string[];
}

interface Log {
  /** The one sequence; its head says where it was sealed. */
  readonly former: Sequence & { readonly sealedAt?: number };
  readonly shards: readonly [Sequence, Sequence];
  readonly histories: readonly string[];
}

interface Writer {
  readonly version: Version;
  readonly at: 'looking' | 'sealing' | 'writing' | 'done' | 'failed' | 'crashed';
  /** The destination of its writes: the one sequence, or a shard. */
  readonly into: 'former' | 0 | 1;
  /** The head of that, as it was read; -1 if there was none. */
  readonly head: number;
  readonly left: readonly string[];
  readonly tries: number;
}

interface Reader {
  readonly at: 'looking' | 'taking';
  /** Positions in the one sequence, and in each shard. */
  readonly place: readonly [number, number, number];
  /** The sequence that it reads, and its end. */
  readonly from: 0 | 1 | 2;
  readonly end: number;
  readonly seen: readonly string[];
}

interface State {
  readonly log: Log;
  readonly writers: readonly Writer[];
  readonly reader: Reader;
}

const sequenceAt = (log: Log, which: 'former' | 0 | 1): Sequence =>
  which === 'former' ? log.former : log.shards[which];

const withSequence = (log: Log, which: 'former' | 0 | 1, sequence: Sequence): Log => {
  if (which === 'former') return { ...log, former: { ...log.former, ...sequence } };
  const [zero, one] = log.shards;
  return { ...log, shards: which === 0 ? [sequence, one] : [zero, sequence] };
};

const isOver = ({ at }: Writer): boolean => at === 'done' || at === 'failed' || at === 'crashed';

/** The next request of a writer. */
const write = (
  log: Log,
  writer: Writer,
  flaw: LogFlaw | undefined,
): { what: string; log: Log; writer: Writer } => {
  const { version, at, head, left, into } = writer;
  const go = (what: string, to: Partial<Writer>, next = log) => ({
    what,
    log: next,
    writer: { ...writer, ...to },
  });
  if (at === 'looking') {
    const { sealedAt, head: position = -1 } = log.former;
    if (version === 'former') return go('reads the head', { at: 'writing', into: 'former', head: position });
    const goesBack = flaw === 'who goes back writes the one sequence again' && version === 'between';
    if (sealedAt !== undefined && !goesBack) {
      const lane = shardOf(left[0] as string) as 0 | 1;
      return go('reads the head of a shard', {
        at: 'writing',
        into: lane,
        head: log.shards[lane].head ?? -1,
      });
    }
    const next = version === 'sharding' ? 'sealing' : 'writing';
    return go('reads the head', { at: next, into: 'former', head: position });
  }
  if (at === 'sealing') {
    const { head: position, ...rest } = log.former;
    const isFree =
      position === head || (flaw === 'the seal does not require the position' && rest.sealedAt === undefined);
    if (!isFree) return go('finds the head moved', { at: 'looking' });
    const kept = flaw === 'the seal keeps the position' && position !== undefined ? { head: position } : {};
    return go('seals', { at: 'looking' }, { ...log, former: { ...rest, ...kept, sealedAt: head } });
  }
  const sequence = sequenceAt(log, into);
  // In the one sequence a transaction takes two events, so that two versions batch them differently.
  const batch =
    into === 'former' ? left.slice(0, 2) : left.filter((each) => shardOf(each) === into).slice(0, 1);
  const known =
    flaw === 'who writes does not ask the histories'
      ? []
      : batch.filter((each) => log.histories.includes(each));
  const without = (events: readonly string[]): Partial<Writer> => {
    const rest = left.filter((each) => !events.includes(each));
    return { left: rest, at: rest.length === 0 ? 'done' : 'looking', tries: 0 };
  };
  if (known.length > 0) return go('finds what was logged', without(known));
  // Before shards existed, a head without a position counted as missing.
  const isThere = into === 'former' && head === -1 && version === 'former';
  const isUnmoved = (sequence.head ?? -1) === head && !isThere;
  if (!isUnmoved && flaw !== 'who writes does not require the head') {
    const tries = writer.tries + 1;
    return go('was outrun', tries === ATTEMPTS ? { at: 'failed' } : { at: 'looking', tries });
  }
  const position = into === 'former' && head === -1 ? (log.former.sealedAt ?? 0) : Math.max(0, head);
  const rows = [...sequence.rows];
  for (const [nth, event] of batch.entries()) rows[position + nth] = event;
  const moved = withSequence(log, into, { head: position + batch.length, rows });
  const histories = [...new Set([...log.histories, ...batch])].sort();
  return go('logs', without(batch), { ...moved, histories });
};

/** The next request of the reader. */
const read = (log: Log, reader: Reader, flaw: LogFlaw | undefined): { what: string; reader: Reader }[] => {
  const { place } = reader;
  const rowsOf = (which: number): readonly string[] =>
    (which === 0 ? log.former : (log.shards[which - 1] as Sequence)).rows;
  const take = (from: number, rows: readonly string[], end: number): Pick<Reader, 'place' | 'seen'> => {
    const taken = rows.slice(place[from], end);
    const next = place.map((position, at) => (at === from ? Math.max(position, end) : position));
    return { place: next as unknown as Reader['place'], seen: [...reader.seen, ...taken] };
  };
  const endOf = (which: number): number =>
    which === 0
      ? (log.former.sealedAt ?? log.former.head ?? 0)
      : ((log.shards[which - 1] as Sequence).head ?? 0);
  const isLate = flaw === 'the reader looks for the head after the events';
  if (reader.at === 'taking') {
    const { from, end } = reader;
    const had = take(from, rowsOf(from).slice(0, end), isLate ? endOf(from) : end);
    return [{ what: 'takes events', reader: { ...reader, at: 'looking', from: 0, end: 0, ...had } }];
  }
  const isDrained =
    log.former.sealedAt !== undefined &&
    (place[0] >= endOf(0) || flaw === 'the reader leaves the one sequence before its end');
  const sources: readonly (0 | 1 | 2)[] = isDrained ? [1, 2] : [0];
  return sources.flatMap((from) => {
    const end = isLate ? rowsOf(from).length : endOf(from);
    return end > place[from]
      ? [{ what: 'sees how far it can read', reader: { ...reader, at: 'taking' as const, from, end } }]
      : [];
  });
};

const all = ({ former, shards }: Log): string[] => [former, ...shards].flatMap(({ rows }) => [...rows]);

const isInOrder = (events: readonly string[]): boolean => {
  const [first, second] = [events.indexOf('x1'), events.indexOf('x2')];
  return second < 0 || (first >= 0 && first < second);
};

/** The promises that a state violates. */
const faultsOf = ({ log, writers, reader }: State): string[] => {
  const logged = all(log).filter((event) => event !== undefined);
  const done = writers.filter(({ at }) => at === 'done').length > 0;
  const { former, shards } = log;
  // Once the reader is in the shards, it has read the whole of the one sequence.
  const isBeyond = reader.place[1] + reader.place[2] > 0;
  const passed = [
    ...former.rows.slice(0, isBeyond ? undefined : reader.place[0]),
    ...shards.flatMap(({ rows }, at) => rows.slice(0, reader.place[at + 1])),
  ];
  return [
    ...(new Set(logged).size < logged.length ? ['an event is there twice'] : []),
    ...(done && CHANGES.some((event) => !logged.includes(event)) ? ['an event is lost'] : []),
    ...(isInOrder(logged) ? [] : ['a record is out of order']),
    ...(passed.some((event) => !reader.seen.includes(event)) ? ['the reader misses an event'] : []),
    ...(new Set(reader.seen).size < reader.seen.length ? ['the reader has an event twice'] : []),
    ...(isInOrder(reader.seen) ? [] : ['the reader has a record out of order']),
  ];
};

/** The log, with a writer of each of these versions for the same changes, and a reader. */
export const logOfEvents = (versions: readonly Version[], flaw?: LogFlaw): Model<State> => ({
  initial: {
    log: {
      former: { head: 1, rows: [FIRST] },
      shards: [{ rows: [] }, { rows: [] }],
      histories: [FIRST],
    },
    writers: versions.map((version) => ({
      version,
      at: 'looking',
      into: 'former',
      head: 0,
      left: CHANGES,
      tries: 0,
    })),
    reader: { at: 'looking', place: [0, 0, 0], from: 0, end: 0, seen: [] },
  },
  key: numbering(),
  steps(state): Step<State>[] {
    const { log, writers, reader } = state;
    const ofWriters = writers.flatMap((writer, at): Step<State>[] => {
      if (isOver(writer)) return [];
      const withWriter = (next: Writer) => writers.map((each, other) => (other === at ? next : each));
      const { what, log: next, writer: moved } = write(log, writer, flaw);
      return [
        { what: `${writer.version} ${what}`, next: { ...state, log: next, writers: withWriter(moved) } },
        {
          what: `${writer.version} crashes`,
          next: { ...state, writers: withWriter({ ...writer, at: 'crashed' }) },
          crash: true,
        },
      ];
    });
    const ofReader = read(log, reader, flaw).map(({ what, reader: next }) => ({
      what: `the reader ${what}`,
      next: { ...state, reader: next },
    }));
    return [...ofWriters, ...ofReader];
  },
  faults: faultsOf,
  outcome({ log, writers, reader }) {
    if (!writers.every(isOver) || reader.at !== 'looking') return undefined;
    const isAll = all(log).every((event) => reader.seen.includes(event));
    if (!isAll) return undefined;
    return `${writers.map(({ at }) => at).join(', ')}; ${log.former.sealedAt === undefined ? 'unsealed' : 'sealed'}`;
  },
});
