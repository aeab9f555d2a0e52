import { again, answered, binds, named, read, type Went, went, without } from './saving-store.ts';
import type { Call, Rules, State } from './volume-saving.ts';

export const hasChild = ({ child }: State): boolean => child !== undefined && child !== 'intent';
export const isReferred = (state: State): boolean =>
  hasChild(state) || state.compositions.some(({ isJoined }) => isJoined);

/** Guard, second look and fence of a process that needs a volume without children; the caller makes the transaction. */
export const strike = (
  state: State,
  call: Call,
  rules: Rules,
  isReferred: (state: State) => boolean,
): Went[] | undefined => {
  const { flaw } = rules;
  const isBind = binds(call);
  switch (call.at) {
    case 'guard': {
      if (isBind && flaw === 'a bind raises no guard')
        return went(`${call.what} goes on`, state, { ...call, at: 'look' });
      const [next, guard] = named(state);
      const raised = went(`${call.what} raises a guard`, { ...next, guard }, { ...call, at: 'look', guard });
      return state.guard === undefined ? raised : [...raised, ...again(state, call)];
    }
    case 'look':
      if (isBind && state.row && rules.flaw !== 'a bind does not mind a row')
        return went(`${call.what} meets a row`, state, { ...call, at: 'back' });
      if (isReferred(state))
        return went(`${call.what} finds it in use`, state, { ...call, at: 'back', answer: 'in-use' });
      if (!state.volume)
        return went(`${call.what} finds nothing`, state, { ...call, at: 'back', answer: 'not-found' });
      return went(`${call.what} looks again`, state, {
        ...(isBind && flaw !== 'a bind reads what the volume has before it raises its guard'
          ? read(state, call)
          : call),
        at: state.child === 'intent' && !(isBind && flaw === 'a bind does not fence') ? 'fence' : 'commit',
      });
    case 'fence':
      if (isReferred(state))
        return went(`${call.what} finds it in use`, state, { ...call, at: 'back', answer: 'in-use' });
      return went(`${call.what} fences`, without(state, 'child'), { ...call, at: 'commit' });
    case 'back': {
      const { guard, answer } = call;
      const freed = guard !== undefined && state.guard === guard ? without(state, 'guard') : state;
      const what = `${call.what} takes its guard back`;
      return answer === undefined ? again(freed, call) : answered(what, freed, call, answer);
    }
    default:
      return undefined;
  }
};
