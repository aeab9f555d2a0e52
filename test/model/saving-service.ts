import type { Step } from './checker.ts';
import { bind, join, leave, release, unbind } from './saving-binder.ts';
import { ask, sweep, verify } from './saving-engine-calls.ts';
import { create, remove, replace } from './saving-referrer.ts';
import { type Went, without } from './saving-store.ts';
import { type Call, type Name, type Person, type Rules, type State, uses } from './volume-saving.ts';

const SERVED: Partial<Record<Call['what'], (state: State, call: Call, rules: Rules) => Went[]>> = {
  ...{
    compose: bind,
    bind,
    unbind,
    discard: unbind,
    release,
    leave,
    join,
    create,
    delete: remove,
    replace,
    sweep,
    verify,
  },
};

/** One step of a call at the service. */
export const serve = (state: State, call: Call, rules: Rules): Went[] =>
  (SERVED[call.what] ?? ask)(state, call, rules);

const personSteps = (state: State, person: Person, at: number, rules: Rules): Step<State>[] => {
  const [what, ...todo] = person.todo;
  const { executor, call: present, answers, isGone } = person;
  if (isGone || (!present && what === undefined)) return [];
  const by = executor === undefined ? {} : { executor };
  const call: Call = present ?? { what: what as Call['what'], at: 'read', ...by };
  const rest = present ? person.todo : todo;
  const name = executor === undefined ? '' : `${executor}: `;
  const steps: Step<State>[] = serve(state, call, rules).map((one) => {
    const isOver = one.call.at === 'answered';
    const { call: _, ...idle } = person;
    const next: Person = isOver
      ? { ...idle, todo: rest, answers: [...answers, one.call.answer as string] }
      : { ...idle, todo: rest, call: one.call };
    return { what: name + one.what, next: { ...one.state, people: one.state.people.with(at, next) } };
  });
  if (state.left.goings > 0 && present) {
    const { call: _, ...gone } = person;
    const next = uses({ ...state, people: state.people.with(at, { ...gone, isGone: true }) }, 'goings');
    steps.push({ what: `${name}is gone`, next, crash: true });
  }
  return steps;
};

/** The steps of processes of the service itself. */
const alone = (
  state: State,
  key: 'verifier' | 'sweeper' | 'late',
  begun: Call,
  rules: Rules,
): Step<State>[] =>
  serve(state, state[key] ?? begun, rules).map((one) => ({
    what: key === 'late' ? `late: ${one.what}` : one.what,
    next: one.call.at === 'answered' ? without(one.state, key) : { ...one.state, [key]: one.call },
  }));

export const serviceSteps = (state: State, rules: Rules): Step<State>[] => {
  const steps = state.people.flatMap((person, at) => personSteps(state, person, at, rules));
  const { volume, verifier, sweeper, late, left } = state;
  const attempt = volume?.upload?.attachment === undefined ? undefined : volume.upload.attempt;
  if (verifier || attempt !== undefined)
    steps.push(...alone(state, 'verifier', { what: 'verify', at: 'read', key: attempt as Name }, rules));
  if (sweeper) steps.push(...alone(state, 'sweeper', sweeper, rules));
  else if (left.sweeps > 0 && volume?.upload)
    steps.push(...alone(uses(state, 'sweeps'), 'sweeper', { what: 'sweep', at: 'read' }, rules));
  if (late) steps.push(...alone(state, 'late', late, rules));
  return steps;
};
