/**
 * A composition of a task and a volume that the task writes to. It is closed while the task is bound again, its executor gets a child or another
 * takes its name, and machines die (ADR 48). Each step is one read or commit of the service, or one act of a machine.
 */
import type { Model, Step } from './checker.ts';
import { numbering } from './numbering.ts';

/** A flaw in the protocol. The tests show what each flaw breaks, so every rule is necessary. */
export type ClosingFlaw =
  | 'a step does not require the composition as it was read'
  | 'a bind does not mind that it closes'
  | 'members leave while a task runs'
  | 'a volume leaves while it is saved'
  | 'what runs is lost without a fence'
  | 'whatever executor has the name is deleted'
  | 'an executor is deleted without a guard'
  | 'an executor is deleted without a look for children'
  | 'the sweeper does not go on'
  | 'a save does not call for supervision, and the sweeper does not go on';

export interface ClosingCast {
  readonly executor: 'keep' | 'delete';
  readonly discard?: true;
  readonly binds?: true;
  readonly child?: true;
  readonly successor?: true;
  readonly dies?: true;
}

interface Composition {
  readonly life: 1 | 2;
  readonly revision: number;
  readonly closing?: true;
  /** Absent after it has left; `asked` while it is bound and no report says that it runs. */
  readonly task?: 'asked' | 'created' | 'running' | 'ended';
  readonly volume?: 'attached' | 'free' | 'saving';
}

/** A process that continues the closing, and the state that it has read. */
interface Advancer {
  readonly at: 'idle' | 'reads' | 'commits' | 'guards' | 'looks' | 'strikes';
  readonly saw?: Composition;
  readonly isFenced?: true;
}

interface State {
  readonly executor?: 1 | 2;
  readonly composition?: Composition;
  readonly guard?: number;
  readonly child: 'none' | 'intent' | 'there';
  readonly container: 'none' | 'begun' | 'runs';
  /** The machine has writes that are not saved. */
  readonly isWritten: boolean;
  readonly machine: 'lives' | 'dead' | 'fenced';
  /** Whether supervision is due. */
  readonly isDue: boolean;
  readonly closer: string;
  readonly binder: string;
  readonly creator: string;
  readonly read?: Composition;
  readonly bindRead?: Composition;
  readonly advancers: readonly [Advancer, Advancer, Advancer];
  readonly broken?: string;
}

const CLOSER = 0;
const SWEEPER = 2;
const isSame = (one: Composition | undefined, other: Composition | undefined): boolean =>
  one?.life === other?.life && one?.revision === other?.revision;

const without = <T extends object, K extends keyof T>(whole: T, ...keys: K[]): T =>
  Object.fromEntries(Object.entries(whole).filter(([key]) => !keys.includes(key as K))) as T;

const changed = (state: State, change: Partial<Composition>): State => {
  const { composition } = state;
  if (!composition) return state;
  return { ...state, composition: { ...composition, ...change, revision: composition.revision + 1 } };
};

export const closing = (cast: ClosingCast, flaw?: ClosingFlaw): Model<State> => {
  const noSweeper =
    flaw === 'the sweeper does not go on' ||
    flaw === 'a save does not call for supervision, and the sweeper does not go on';

  /** The transaction of a step, on the present state. */
  const committed = (state: State, saw: Composition, isFenced: boolean): State | undefined => {
    const { composition: present, isWritten, machine } = state;
    const isAsRead =
      isSame(present, saw) || (present && flaw === 'a step does not require the composition as it was read');
    if (!present || !isAsRead) return undefined;
    if (saw.task === 'running' && flaw !== 'members leave while a task runs') {
      const isLost = isFenced || flaw === 'what runs is lost without a fence';
      const lost = changed(state, { task: 'ended' });
      if (!isLost) return undefined;
      return machine === 'lives' && state.container === 'runs'
        ? { ...lost, broken: 'what runs is lost' }
        : lost;
    }
    const takesVolume = saw.volume !== 'saving' || flaw === 'a volume leaves while it is saved';
    if (saw.task || (saw.volume && takesVolume)) {
      const left = without(present, 'task', ...(takesVolume ? (['volume'] as const) : []));
      const next = { ...state, composition: { ...left, revision: present.revision + 1 } };
      if (present.task === 'running') return { ...next, broken: 'what runs was taken out' };
      const isLost = takesVolume && isWritten && present.volume !== 'free';
      return isLost ? { ...next, broken: 'what was written is lost' } : next;
    }
    if (saw.volume || cast.executor === 'delete') return undefined;
    return { ...state, composition: { ...without(present, 'closing'), revision: present.revision + 1 } };
  };

  const struck = (state: State, saw: Composition, by: number): State | undefined => {
    const { executor, composition, guard } = state;
    const isGuarded = guard === by || flaw === 'an executor is deleted without a guard';
    const isOne =
      (executor === saw.life && isSame(composition, saw)) ||
      (executor !== undefined && flaw === 'whatever executor has the name is deleted');
    if (!isGuarded || !isOne) return undefined;
    const gone = without(state, 'executor', 'composition', 'guard');
    return executor === saw.life ? gone : { ...gone, broken: 'another of its name is deleted' };
  };

  const advance = (state: State, at: number): Step<State>[] => {
    const own = state.advancers[at] as Advancer;
    const who = ['closer', 'supervisor', 'sweeper'][at];
    const to = (next: State, advancer: Advancer): State => ({
      ...next,
      advancers: next.advancers.with(at, advancer) as unknown as State['advancers'],
    });
    const step = (what: string, next: State, advancer: Advancer): Step<State>[] => [
      { what: `${who} ${what}`, next: to(next, advancer) },
    ];
    const { saw } = own;
    const back = (next: State): State => (next.guard === at ? without(next, 'guard') : next);
    switch (own.at) {
      case 'idle': {
        if (at === SWEEPER && state.composition?.closing && !noSweeper)
          return step('wakes', state, { at: 'reads' });
        if (at !== SWEEPER && at !== CLOSER && state.isDue)
          return [
            ...step('is called', { ...state, isDue: false }, { at: 'reads' }),
            { what: 'a call is lost', next: { ...state, isDue: false } },
          ];
        return [];
      }
      case 'reads': {
        const { composition } = state;
        if (!composition?.closing) return step('finds it closed', state, { at: 'idle' });
        const isFenced = state.machine === 'fenced';
        const seen = { saw: composition, ...(isFenced ? { isFenced } : {}) };
        const isEmpty = !composition.task && !composition.volume;
        const at = isEmpty && cast.executor === 'delete' ? 'guards' : 'commits';
        return step('reads', state, { at, ...seen });
      }
      case 'commits': {
        const next = committed(state, saw as Composition, own.isFenced === true);
        if (next) return step('commits', next, { at: 'reads' });
        return step('does nothing', state, isSame(state.composition, saw) ? { at: 'idle' } : { at: 'reads' });
      }
      case 'guards':
        if (flaw === 'an executor is deleted without a guard')
          return step('goes on', state, { ...own, at: 'looks' });
        return state.guard === undefined
          ? step('raises a guard', { ...state, guard: at }, { ...own, at: 'looks' })
          : step('meets a guard', state, { at: 'idle' });
      case 'looks':
        if (state.child === 'there' && flaw !== 'an executor is deleted without a look for children')
          return step('finds a child', back(state), { at: 'idle' });
        if (flaw === 'an executor is deleted without a look for children')
          return step('goes on', state, { ...own, at: 'strikes' });
        return step(
          'fences',
          { ...state, child: state.child === 'intent' ? 'none' : state.child },
          { ...own, at: 'strikes' },
        );
      default: {
        const next = struck(state, saw as Composition, at);
        return step(next ? 'deletes the executor' : 'is too late', next ?? back(state), { at: 'reads' });
      }
    }
  };

  const closer = (state: State): Step<State>[] => {
    const { composition, read, child } = state;
    const answer = (what: string, closer: string, next: State = without(state, 'read')): Step<State>[] => [
      { what: `closer ${what}`, next: { ...next, closer } },
    ];
    switch (state.closer) {
      case 'asks':
        if (composition?.life !== 1) return answer('finds nothing', 'stale');
        if (child === 'there' && cast.executor === 'delete') return answer('finds a child', 'in-use');
        return answer('reads', 'begins', { ...state, read: composition });
      case 'begins': {
        if (!isSame(composition, read)) return answer('starts over', 'asks');
        const { task, volume } = read as Composition;
        const isClaimed = state.isWritten;
        const kept = volume === 'attached' && isClaimed && !cast.discard ? 'saving' : 'free';
        const begun = changed(without(state, 'read'), {
          closing: true,
          ...(task ? { task: task === 'asked' ? 'created' : task } : {}),
          ...(volume ? { volume: volume === 'saving' && !cast.discard ? volume : kept } : {}),
        });
        const given = cast.discard ? { ...begun, isWritten: false } : begun;
        const [, ...others] = given.advancers;
        const next: State = { ...given, advancers: [{ at: 'reads' }, ...others] };
        return answer('begins', 'closes', next);
      }
      default:
        return [];
    }
  };

  const binder = (state: State): Step<State>[] => {
    const { composition, bindRead } = state;
    const answer = (
      what: string,
      binder: string,
      next: State = without(state, 'bindRead'),
    ): Step<State>[] => [{ what: `binder ${what}`, next: { ...next, binder } }];
    const isBound = ({ task }: Composition): boolean => task === 'asked' || task === 'running';
    if (state.binder === 'asks') {
      if (composition?.life !== 1) return answer('finds nothing', 'stale');
      if (composition.closing && flaw !== 'a bind does not mind that it closes')
        return answer('finds it closing', 'closing');
      if (isBound(composition)) return answer('finds it bound', 'already-bound');
      return answer('reads', 'binds', { ...state, bindRead: composition });
    }
    if (state.binder !== 'binds') return [];
    if (!isSame(composition, bindRead)) return answer('starts over', 'asks');
    return answer(
      'binds',
      'bound',
      changed(without(state, 'bindRead'), { task: 'asked', volume: 'attached' }),
    );
  };

  const creator = (state: State): Step<State>[] => {
    const answer = (what: string, creator: string, next: State = state): Step<State>[] => [
      { what: `creator ${what}`, next: { ...next, creator } },
    ];
    const withdrawn: State = { ...state, child: state.child === 'intent' ? 'none' : state.child };
    switch (state.creator) {
      case 'asks':
        return answer('puts its intent', 'looks', { ...state, child: 'intent' });
      case 'looks':
        if (state.guard !== undefined) return answer('meets a guard', 'asks', withdrawn);
        if (state.executor === undefined) return answer('finds no parent', 'unknown-parent', withdrawn);
        return answer('looks', 'commits');
      case 'commits':
        return state.child === 'intent'
          ? answer('commits', 'created', { ...state, child: 'there' })
          : answer('starts over', 'asks');
      case 'created':
        return answer('deletes the child', 'deleted', { ...state, child: 'none' });
      default:
        return [];
    }
  };

  const machine = (state: State): Step<State>[] => {
    const { composition, container, isWritten, machine, executor } = state;
    const { task, volume } = composition ?? {};
    const steps: Step<State>[] = [];
    const add = (what: string, next: State, crash?: true) =>
      steps.push({ what, next, ...(crash ? { crash } : {}) });
    if (cast.successor && executor === undefined)
      add('another takes the name', { ...state, executor: 2, composition: { life: 2, revision: 1 } });
    if (machine === 'lives') {
      if (task === 'asked' && container === 'none')
        add('the task starts', { ...state, container: 'begun', isWritten: volume === 'attached' });
      if (container === 'begun' && (task === 'asked' || task === 'created'))
        add('it is said to run', { ...changed(state, { task: 'running' }), container: 'runs' });
      if (container !== 'none') {
        const isKnown = task === 'asked' || task === 'created' || task === 'running';
        const ended = isKnown ? { ...changed(state, { task: 'ended' }), isDue: true } : state;
        add('the task ends', { ...ended, container: 'none' });
      }
      if (volume === 'saving' && container === 'none') {
        const isDue =
          flaw === 'a save does not call for supervision, and the sweeper does not go on'
            ? state.isDue
            : true;
        add('it is saved', { ...changed(state, { volume: 'free' }), isWritten: false, isDue });
      }
      if (cast.dies) add('the machine dies', { ...state, machine: 'dead', container: 'none' }, true);
    } else {
      if (machine === 'dead') add('it is fenced', { ...state, machine: 'fenced' });
      if (volume === 'saving' && isWritten)
        add('it is released', { ...changed(state, { volume: 'free' }), isWritten: false, isDue: true });
    }
    return steps;
  };

  return {
    initial: {
      executor: 1,
      composition: { life: 1, revision: 1, task: 'asked', volume: 'attached' },
      ...{ child: 'none', container: 'none', isWritten: false, machine: 'lives', isDue: false },
      closer: 'asks',
      binder: cast.binds ? 'asks' : 'nobody',
      creator: cast.child ? 'asks' : 'nobody',
      advancers: [{ at: 'idle' }, { at: 'idle' }, { at: 'idle' }],
    },
    // Revisions are only compared for equality.
    key: numbering((_, member) => member === 'revision'),
    steps: (state) =>
      state.broken === undefined
        ? [
            ...closer(state),
            ...binder(state),
            ...creator(state),
            ...machine(state),
            ...state.advancers.flatMap((_, at) => advance(state, at)),
            ...(state.closer === 'begins' || state.advancers[CLOSER].at !== 'idle' ? [crashed(state)] : []),
          ]
        : [],
    faults: ({ executor, composition, child, broken }) => [
      ...(broken === undefined ? [] : [broken]),
      ...(child === 'there' && executor === undefined ? ['a child of nobody'] : []),
      ...(composition && composition.life !== executor ? ['a composition of nobody'] : []),
      ...(composition?.closing && (composition.task === 'asked' || composition.volume === 'attached')
        ? ['bound while it closes']
        : []),
    ],
    outcome(state) {
      const { executor, composition, closer, binder, creator, advancers } = state;
      const isOver =
        !composition?.closing &&
        !['asks', 'begins'].includes(closer) &&
        !['asks', 'binds'].includes(binder) &&
        !['asks', 'looks', 'commits'].includes(creator) &&
        advancers.every(({ at }) => at === 'idle');
      if (!isOver) return undefined;
      const people = [closer, binder, creator].filter((one) => one !== 'nobody').join(', ');
      const members = composition ? [composition.task, composition.volume].filter(Boolean).length : 0;
      return `${people}: ${executor === undefined ? 'gone' : `executor ${executor} with ${members}`}`;
    },
  };
};

/** The closing process dies: its guard expires later. */
const crashed = (state: State): Step<State> => {
  const freed = state.guard === CLOSER ? without(state, 'guard') : state;
  const [, ...others] = freed.advancers;
  return {
    what: 'closer crashes',
    next: { ...without(freed, 'read'), closer: 'crashed', advancers: [{ at: 'idle' }, ...others] },
    crash: true,
  };
};
