import { again, answered, named, read, type Went, went, without, withVolume } from './saving-store.ts';
import { isReferred, strike } from './saving-strike.ts';
import { type Call, type Content, REPLACED, type Rules, type State } from './volume-saving.ts';

export const create = (state: State, call: Call, { flaw }: Rules): Went[] => {
  const { volume, row } = state;
  const back = (answer: string): Went[] =>
    went(`create finds it ${answer}`, state, { ...call, at: 'withdraw', answer });
  const looksFirst = flaw === 'a create looks at the row before it looks at the guard';
  switch (call.at) {
    case 'read':
      return went(
        'create puts its intent',
        { ...state, child: 'intent' },
        { ...call, at: looksFirst ? 'guard' : 'look' },
      );
    case 'guard':
      return row ? back('volume-attached') : went('create looks at the row', state, { ...call, at: 'look' });
    case 'look':
      if (state.guard !== undefined)
        return [
          ...went('create breaks a guard', without(state, 'guard'), call),
          ...went('create meets a guard', state, { ...call, at: 'withdraw' }),
        ];
      if (!volume) return back('unknown-parent');
      if (row && !looksFirst && flaw !== 'a create does not look at the row') return back('volume-attached');
      return went('create looks', state, { ...call, at: 'commit', saw: { data: volume.data } });
    case 'commit':
      if (state.child !== 'intent') return again(state, call);
      return answered(
        'create commits',
        { ...state, child: { of: call.saw?.data as Content } },
        call,
        'created',
      );
    default: {
      const withdrawn = state.child === 'intent' ? without(state, 'child') : state;
      return call.answer === undefined
        ? again(withdrawn, call)
        : answered('create withdraws', withdrawn, call, call.answer);
    }
  }
};

export const remove = (state: State, call: Call, rules: Rules): Went[] => {
  if (call.at === 'read') {
    if (!state.volume) return answered('delete finds nothing', state, call, 'not-found');
    if (isReferred(state)) return answered('delete finds it in use', state, call, 'in-use');
    return went('delete reads', state, read(state, call, 'guard'));
  }
  if (call.at !== 'commit') return strike(state, call, rules, isReferred) ?? [];
  const isAsRead = state.volume?.revision === call.saw?.volume && state.guard === call.guard;
  if (!isAsRead) return went('delete fails', state, { ...call, at: 'back' });
  return answered('delete commits', without(without(state, 'volume'), 'guard'), call, 'deleted');
};

/** Replaces the data by hand: begin, put, complete, and accept while nothing refers to the volume. */
export const replace = (state: State, call: Call, rules: Rules): Went[] => {
  const { volume } = state;
  const { upload } = volume ?? {};
  const isOn = upload !== undefined && upload.key === call.key;
  switch (call.at) {
    case 'read':
      if (!volume || upload || isReferred(state))
        return answered('replace is refused', state, call, 'refused');
      return went('replace reads', state, read(state, call));
    case 'commit': {
      if (call.key === undefined) {
        if (volume?.revision !== call.saw?.volume) return again(state, call);
        const [next, key] = named(state);
        const { saw: _, ...begun } = call;
        const checksum = [REPLACED];
        return went('replace begins', withVolume(next, { upload: { key, checksum } }), {
          ...begun,
          key,
          at: 'put',
        });
      }
      if (volume?.revision !== call.saw?.volume || state.guard !== call.guard)
        return went('replace fails', state, { ...call, at: 'back' });
      const replaced = withVolume(without(state, 'guard'), { data: [REPLACED], upload: undefined });
      return answered('replace commits', replaced, call, 'replaced');
    }
    case 'put':
      if (!isOn) return answered('replace finds it given up', state, call, 'in-use');
      return went('replace puts', state, { ...call, at: 'complete' });
    case 'complete':
      if (!isOn) return answered('replace finds it given up', state, call, 'in-use');
      if (isReferred(state))
        return answered('replace is refused', withVolume(state, { upload: undefined }), call, 'in-use');
      return went('replace reads', state, read(state, call, 'guard'));
    case 'back': {
      const freed = call.guard !== undefined && state.guard === call.guard ? without(state, 'guard') : state;
      const { saw: _, guard: __, answer: ___, ...rest } = call;
      return went('replace takes its guard back', freed, { ...rest, at: 'complete' });
    }
    default:
      return strike(state, call, rules, isReferred) ?? [];
  }
};
