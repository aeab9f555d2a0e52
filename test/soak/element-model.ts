import type { Model } from './linearizability.ts';

/** The state of an element in a condition. The value at its creation identifies its life. */
export interface Seen {
  readonly life: string;
  readonly revision: number;
}

/** A request for one element. Every value is written once, so that it identifies its writer. */
export type ElementInput =
  | { readonly op: 'create'; readonly value: string }
  | { readonly op: 'read' }
  | { readonly op: 'update'; readonly value: string; readonly ifMatch?: Seen }
  /** Free space is computed from the present state, so it is written in another way than metadata. */
  | { readonly op: 'resize'; readonly free: number; readonly ifMatch?: Seen }
  | { readonly op: 'delete'; readonly ifMatch?: Seen };

interface Shown extends Seen {
  readonly value: string;
  readonly free: number;
}

/** Why a request had no effect. */
export type ElementProblem =
  | { readonly problem: 'name-collision' | 'not-found' }
  | { readonly problem: 'revision-mismatch'; readonly revision: number };

/** An answer: the present element, its absence, or a problem. */
export type ElementOutput = Shown | 'absent' | ElementProblem;

/** An element, and the call that last changed it. */
export type ElementState = (Shown & { readonly last: ElementInput }) | 'absent';

/** Whether the condition of a call matches this state. */
const isAsked = (state: Seen, input: ElementInput): boolean => {
  const { life, revision } = ('ifMatch' in input ? input.ifMatch : undefined) ?? state;
  return life === state.life && revision === state.revision;
};

/** The element after the call; undefined if the call refuses. */
const effect = (state: ElementState, input: ElementInput): ElementState | undefined => {
  if (input.op === 'create') {
    const { value } = input;
    return state === 'absent' ? { life: value, revision: 1, value, free: 0, last: input } : undefined;
  }
  if (state === 'absent' || !isAsked(state, input)) return undefined;
  if (input.op === 'read') return state;
  if (input.op === 'delete') return 'absent';
  const changed = input.op === 'update' ? { value: input.value } : { free: input.free };
  return { ...state, ...changed, revision: state.revision + 1, last: input };
};

const isRightful = (state: ElementState, input: ElementInput, output: ElementProblem): boolean => {
  if (output.problem === 'name-collision') return input.op === 'create' && state !== 'absent';
  if (output.problem === 'not-found') return input.op !== 'create' && state === 'absent';
  if (state === 'absent' || !('revision' in output) || state.revision !== output.revision) return false;
  return !isAsked(state, input);
};

const shows = (state: ElementState, output: Shown | 'absent'): boolean => {
  if (state === 'absent' || output === 'absent') return state === output;
  const { life, revision, value, free } = state;
  const isSame = life === output.life && revision === output.revision;
  return isSame && value === output.value && free === output.free;
};

/**
 * If the answer to a write of one row was lost and another changed the row before the repeat, the write is refused although it may have been
 * made: never a false success, but perhaps a false refusal. Otherwise a patch without If-Match is never refused with `revision-mismatch`.
 */
const inDoubt = (state: ElementState, input: ElementInput, output: ElementProblem, strict: boolean) => {
  const isPatch = input.op === 'update' && input.ifMatch === undefined && 'revision' in output;
  const mayBeDone = isPatch || (!strict && (input.op === 'update' || input.op === 'create'));
  const after = effect(state, input);
  const wasNotDone = isPatch && state !== 'absent' && state.revision === output.revision;
  return [...(mayBeDone && after !== undefined ? [after] : []), ...(wasNotDone ? [state] : [])];
};

/** An element; with `strict`, only the refusal of a patch without If-Match may be false. */
export const elementModel = (strict = false): Model<ElementState, ElementInput, ElementOutput> => ({
  initial: 'absent',
  nameOf: (state) =>
    state === 'absent'
      ? state
      : `${state.life}.${state.revision} ${state.value} ${state.free}${state.last.op === 'resize' ? ' resized' : ''}`,
  step: (state, input, output) => {
    const after = effect(state, input);
    if (output === undefined) return after === undefined ? [] : [after];
    if (output === 'absent' || !('problem' in output)) {
      return after !== undefined && shows(after, output) ? [after] : [];
    }
    return [...(isRightful(state, input, output) ? [state] : []), ...inDoubt(state, input, output, strict)];
  },
  // After a false refusal, the last change is another caller's.
  mayEnd: (state, input, output) =>
    output === 'absent' || !('problem' in output) || state === 'absent' || state.last !== input,
});
