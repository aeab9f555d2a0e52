import type { Model } from './linearizability.ts';

/** A request for the composition of one executor. */
export type CompositionInput =
  | { readonly op: 'open' }
  | { readonly op: 'read'; readonly handle: string }
  | { readonly op: 'join' | 'leave'; readonly handle: string; readonly id: string }
  /** Without an ID, for all members. */
  | { readonly op: 'bind' | 'unbind'; readonly handle: string; readonly id?: string };

export interface CompositionState {
  /** 0 before it was opened. */
  readonly revision: number;
  /** Undefined until an answer contains it. */
  readonly handle: string | undefined;
  /** The members, and whether they are bound. */
  readonly members: Readonly<Record<string, boolean>>;
}

export type CompositionOutput =
  | {
      readonly handle: string;
      readonly revision: number;
      readonly members: Readonly<Record<string, boolean>>;
    }
  | { readonly problem: string };

type Members = CompositionState['members'];

/** The members after a call (unchanged if it changes nothing), or its refusal. */
const effect = (
  members: Members,
  input: Exclude<CompositionInput, { op: 'open' | 'read' }>,
): Members | string => {
  const { op, id } = input;
  if (op === 'join') return id in members ? 'already-joined' : { ...members, [id]: false };
  if (id === undefined) {
    const bound = op === 'bind';
    const ids = Object.keys(members);
    return ids.every((each) => members[each] === bound)
      ? members
      : Object.fromEntries(ids.map((each) => [each, bound]));
  }
  const isBound = members[id];
  if (isBound === undefined) return 'not-joined';
  if (op === 'leave') {
    const { [id]: _, ...left } = members;
    return isBound ? 'already-bound' : left;
  }
  if (op === 'bind') return isBound ? 'already-bound' : { ...members, [id]: true };
  return isBound ? { ...members, [id]: false } : 'not-bound';
};

const namesOf = (members: Members): string => JSON.stringify(Object.entries(members).sort());
const nameOf = ({ revision, handle, members }: CompositionState): string =>
  `${revision} ${handle} ${namesOf(members)}`;

/** The state in an answer, if it is possible; an unknown handle is the one in the answer. */
const named = (state: CompositionState, output: CompositionOutput): CompositionState[] => {
  if ('problem' in output) return [];
  const { handle, revision, members } = output;
  const fits = revision === state.revision && namesOf(members) === namesOf(state.members);
  return fits && (state.handle ?? handle) === handle ? [{ ...state, handle }] : [];
};

/** A composition by its handles: only the latest one changes anything. */
export const compositionModel: Model<CompositionState, CompositionInput, CompositionOutput> = {
  initial: { revision: 0, handle: undefined, members: {} },
  nameOf,
  step: (state, input, output) => {
    if (input.op === 'open') {
      const opened = state.revision === 0 ? { ...state, revision: 1 } : state;
      return output === undefined ? [opened] : named(opened, output);
    }
    const refusal = output && 'problem' in output ? output.problem : undefined;
    if (state.handle !== input.handle) return refusal === 'stale-handle' ? [state] : [];
    if (input.op === 'read') return output === undefined ? [state] : named(state, output);
    const after = effect(state.members, input);
    if (typeof after === 'string') return refusal === after ? [state] : [];
    const next =
      after === state.members ? state : { revision: state.revision + 1, handle: undefined, members: after };
    return output === undefined ? [next] : named(next, output);
  },
};
