import {
  again,
  answered,
  ended,
  isComposed,
  isSame,
  lossOf,
  named,
  read,
  type Went,
  went,
  withComposition,
  without,
  withRow,
  withVolume,
} from './saving-store.ts';
import { hasChild, strike } from './saving-strike.ts';
import type { Call, Composition, Content, Row, Rules, State } from './volume-saving.ts';

export const bind = (state: State, call: Call, rules: Rules): Went[] => {
  const { flaw } = rules;
  const executor = call.executor as number;
  const { row, volume } = state;
  const { saw, guard, what } = call;
  const composes = what === 'compose';
  if (call.at === 'read') {
    if (composes && !volume) return answered('compose finds nothing', state, call, 'not-found');
    if (state.compositions[executor]?.isJoined === composes)
      return answered(`${what} finds it otherwise joined`, state, call, composes ? 'joined' : 'not-joined');
    // A caller that has to wait repeats the request.
    if (row && row.executor !== executor && flaw !== 'a bind does not mind a row') return [];
    if (row?.executor === executor) return went(`${what} reads`, state, read(state, call));
    if (hasChild(state)) return answered(`${what} finds a child`, state, call, 'in-use');
    return went(`${what} reads`, state, read(state, call, 'guard'));
  }
  if (call.at !== 'commit') return strike(state, call, rules, hasChild) ?? [];
  const former = saw?.row;
  if (former?.executor === executor) {
    const isAsRead = isComposed(state, call) && isSame(row, former);
    const isFree = former.upload === undefined || volume?.revision === saw?.volume;
    if (!isAsRead || !isFree) return again(state, call);
    const [one, round] = named(state);
    const [two, id] = flaw === 'a rebind is another attachment' ? named(one) : [one, former.id];
    const { upload, engine, ...kept } = row as Row;
    const isKept = engine !== undefined && flaw !== 'a rebind forgets the engine';
    const rebound = withRow(two, { ...kept, id, round, state: 'attached', ...(isKept ? { engine } : {}) });
    const isLeft = upload === undefined || flaw === 'a rebind leaves the upload';
    const bare = isLeft ? rebound : withVolume(rebound, { upload: undefined });
    const bound = withComposition(bare, executor, { isBound: true, saving: undefined });
    return answered(
      'bind commits',
      { ...bound, ...(id === former.id ? {} : lossOf(state, former)) },
      call,
      'bound',
    );
  }
  const isGuarded =
    state.guard === guard || flaw === 'a bind commits without its guard' || flaw === 'a bind raises no guard';
  const isFree = row === undefined || flaw === 'a bind does not mind a row';
  if (!isComposed(state, call) || !isGuarded || !isFree)
    return went(`${what} fails`, state, { ...call, at: 'back' });
  const [one, id] = named(state);
  const [two, round] = named(one);
  const base = saw?.data as Content;
  const attached = withRow(without(two, 'guard'), { id, executor, round, base, state: 'attached' });
  const bound = withComposition(attached, executor, { isJoined: true, isBound: true });
  return answered(`${what} commits`, bound, call, 'bound');
};

export const unbind = (state: State, call: Call, { flaw }: Rules): Went[] => {
  const executor = call.executor as number;
  const { row } = state;
  const isDiscard = call.what === 'discard';
  const own = row?.executor === executor ? row : undefined;
  if (call.at === 'read') {
    if (!own) return answered(`${call.what} finds it not bound`, state, call, 'not-bound');
    if (own.state !== 'attached' && !isDiscard)
      return answered('unbind finds it saving', state, call, 'not-bound');
    return went(`${call.what} reads`, state, read(state, call));
  }
  const former = call.saw?.row as Row;
  const isVolume = former.upload === undefined || state.volume?.revision === call.saw?.volume;
  if (!isComposed(state, call) || !isSame(own, former) || !isVolume) return again(state, call);
  if (isDiscard) return answered('discard commits', ended(state, former, 'discarded'), call, 'discarded');
  const present = flaw === 'an unbind detaches though an engine may write by now' ? former : (own as Row);
  if (present.engine === undefined) {
    const detached = { ...ended(state, former, 'unused'), ...lossOf(state, former) };
    return answered('unbind commits', detached, call, 'unbound');
  }
  const saving = withComposition(withRow(state, { ...present, state: 'saving' }), executor, {
    isBound: false,
    saving: present.id,
  });
  return answered('unbind commits', saving, call, 'saving');
};

export const release = (state: State, call: Call, { flaw }: Rules): Went[] => {
  const { row } = state;
  const isOne = row && row.state !== 'attached';
  if (call.at === 'read')
    return isOne
      ? went('release reads', state, read(state, call))
      : answered('release finds nothing', state, call, 'nothing');
  const former = call.saw?.row as Row;
  const isVolume = former.upload === undefined || state.volume?.revision === call.saw?.volume;
  if (!isSame(row, former) || !isComposed(state, call, former) || !isVolume) return again(state, call);
  const leaves = flaw === 'a release leaves the upload';
  return answered('release commits', ended(state, former, 'released', leaves), call, 'released');
};

export const leave = (state: State, call: Call, { flaw }: Rules): Went[] => {
  const executor = call.executor as number;
  const { isBound, saving } = state.compositions[executor] as Composition;
  if (call.at === 'read') {
    // A caller that waits for the end repeats the request.
    if (saving !== undefined && flaw !== 'an executor leaves while it saves') return [];
    return isBound
      ? answered('leave finds it bound', state, call, 'bound')
      : went('leave reads', state, read(state, call));
  }
  if (!isComposed(state, call)) return again(state, call);
  const { settled: _, ...left } = state.compositions[executor] as Composition;
  const without = { ...state, compositions: state.compositions.with(executor, left) };
  return answered('leave commits', withComposition(without, executor, { isJoined: false }), call, 'left');
};

/** Simplified: behind no guard. */
export const join = (state: State, call: Call): Went[] => {
  if (!state.volume) return answered('join finds nothing', state, call, 'not-found');
  if (state.guard !== undefined) return went('join breaks a guard', without(state, 'guard'), call);
  return answered(
    'join commits',
    withComposition(state, call.executor as number, { isJoined: true }),
    call,
    'joined',
  );
};
