import {
  type Call,
  type Composition,
  type End,
  isEqual,
  type Name,
  type Row,
  type State,
  type Volume,
} from './volume-saving.ts';

/** Whether a call attaches the volume. */
export const binds = ({ what }: Call): boolean => what === 'bind' || what === 'compose';

/** The result of one step of a call: the call continues, or has an answer. */
export interface Went {
  readonly what: string;
  readonly state: State;
  readonly call: Call;
}

/** The state with a new name. */
export const named = (state: State): [State, Name] => [{ ...state, next: state.next + 1 }, state.next];

export const withVolume = (
  state: State,
  change: Partial<Omit<Volume, 'upload'>> & { readonly upload?: Volume['upload'] | undefined },
): State => {
  const [named_, revision] = named(state);
  const { upload, ...volume } = { ...(state.volume as Volume), ...change };
  return { ...named_, volume: { ...volume, revision, ...(upload ? { upload } : {}) } };
};

export const withComposition = (
  state: State,
  executor: number,
  change: Partial<Omit<Composition, 'saving'>> & { readonly saving?: Name | undefined },
): State => {
  const [named_, revision] = named(state);
  const { saving, ...composition } = { ...(state.compositions[executor] as Composition), ...change };
  const next = { ...composition, revision, ...(saving === undefined ? {} : { saving }) };
  return { ...named_, compositions: state.compositions.with(executor, next) };
};

export const without = <K extends keyof State>(state: State, key: K): State => {
  const { [key]: _, ...rest } = state;
  return rest as State;
};

export const withRow = (state: State, row: Row): State => ({ ...state, row });

/** Ends an attachment, with its upload under way: part of a transaction. */
export const ended = (state: State, row: Row, end: End, leavesUpload = false): State => {
  const gone = { ...without(state, 'row'), ends: [...state.ends, [row.id, end] as const] };
  const bare = row.upload === undefined || leavesUpload ? gone : withVolume(gone, { upload: undefined });
  return withComposition(bare, row.executor, { isBound: false, saving: undefined, settled: [row.id, end] });
};

/** Content that any end except an explicit one must keep: the writes, and the data. */
export const lossOf = ({ engines, volume }: State, { id }: Row): Partial<State> => {
  for (const { copies, containers } of engines) {
    const isOn = containers.some(({ attachment, runs }) => runs && attachment === id);
    if (isOn) return { broken: 'somebody writes on what is over' };
    const copy = copies.find(({ attachment, isWritten }) => isWritten && attachment === id);
    if (copy && !isEqual(copy.content, (volume as Volume).data))
      return { broken: 'what was written is lost' };
  }
  return {};
};

/** Whether rows are equal. */
export const isSame = (one: Row | undefined, other: Row | undefined): boolean =>
  one?.id === other?.id &&
  one?.round === other?.round &&
  one?.state === other?.state &&
  one?.upload === other?.upload;

export const isComposed = (state: State, { executor, saw }: Call, row?: Row): boolean =>
  state.compositions[row?.executor ?? executor ?? 0]?.revision === saw?.composition;

export const read = (state: State, call: Call, at: Call['at'] = 'commit'): Call => {
  const { volume, row } = state;
  const composition = state.compositions[call.executor ?? row?.executor ?? 0]?.revision;
  return {
    ...call,
    at,
    saw: {
      ...(composition === undefined ? {} : { composition }),
      ...(volume ? { volume: volume.revision } : {}),
      ...(volume && binds(call) ? { data: volume.data } : {}),
      ...(row ? { row } : {}),
      ...(volume?.upload && call.what === 'verify' ? { upload: volume.upload.key } : {}),
    },
  };
};

export const went = (what: string, state: State, call: Call): Went[] => [{ what, state, call }];
export const answered = (what: string, state: State, call: Call, answer: string, key?: Name): Went[] => {
  const { saw: _, guard: __, ...rest } = call;
  return went(what, state, { ...rest, at: 'answered', answer, ...(key === undefined ? {} : { key }) });
};
export const again = (state: State, { saw: _, guard: __, ...call }: Call): Went[] =>
  went(`${call.what} starts over`, state, { ...call, at: 'read' });
