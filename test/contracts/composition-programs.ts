import fc from 'fast-check';
import { defined } from '../../lib/defined.ts';
import type { Action, Member } from './composition-model.ts';
import type { Site, Told } from './composition-world.ts';
import type { Event } from './explanation.ts';

/** An action of a client, and its choice of handle: the latest that it knows, its first one, or one from a new open. */
export interface Move {
  readonly action: Action;
  /** A member that the client knows, in place of the named one; usually there is one. */
  readonly aim: number | null;
  readonly handle: 'last' | 'first' | 'anew';
}

export const ELEMENTS = ['E1', 'E2', 'I1', 'I2', 'V1', 'N1', 'T1', 'T2', 'L1'];
export const ASSOCIATIONS = [['V1', 'T2']] as const;

const executor = fc.constantFrom('E1', 'E2');
const storage = fc.constantFrom('I1', 'I2', 'V1', 'N1');
const task = fc.constantFrom('T1', 'T2');
const member = fc.constantFrom('I1', 'I2', 'V1', 'N1', 'T1', 'T2', 'L1');

const mounts = {
  path: fc.constantFrom('/', '/', '/data', '/work'),
  readOnly: fc.boolean(),
  persistent: fc.boolean(),
};

const joining: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ on: executor, id: storage, mount: fc.record(mounts) }).map(({ on, id, mount }): Action => {
    // An image always persists; another request is invalid.
    const persistent = mount.persistent || id.startsWith('I');
    return { op: 'join', on, id, mount: { ...mount, persistent } };
  }),
  fc
    .record({ on: executor, id: fc.constantFrom('T1', 'T1', 'T2', 'L1') })
    .map((rest): Action => ({ op: 'join', ...rest })),
);

const some = fc.option(member, { nil: undefined, freq: 2 });

const selecting = (op: 'bind' | 'unbind'): fc.Arbitrary<Action> =>
  fc.record({ on: executor, id: some }).map(({ on, id }) => defined({ op, on, id }));

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: joining },
  { weight: 6, arbitrary: selecting('bind') },
  { weight: 3, arbitrary: selecting('unbind') },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('leave'), on: executor, id: member }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('delete'), id: fc.constantFrom(...ELEMENTS) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('create'), id: fc.constantFrom(...ELEMENTS) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Action>(
      { op: 'child', id: 'V3', of: 'V1' },
      { op: 'child', id: 'I3', of: 'I1' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constantFrom('associate', 'dissociate'), id: storage, task }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('interrupt'), on: executor, id: task }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('report'),
      on: executor,
      id: task,
      state: fc.constantFrom('running', 'exited'),
      attempt: fc.constantFrom(1, 1, 1, 2),
    }),
  },
) as fc.Arbitrary<Action>;

export const move: fc.Arbitrary<Move> = fc.record({
  action,
  aim: fc.option(fc.nat({ max: 5 }), { freq: 5 }),
  handle: fc.constantFrom('last', 'last', 'last', 'last', 'last', 'anew', 'anew', 'first'),
});

/** The usual composition: a root filesystem, storage, and a running task, or a part of these. */
const usual = (on: string): Move[] => {
  const mount = (path: string, persistent = true) => ({ path, readOnly: false, persistent });
  const actions: Action[] = [
    { op: 'join', on, id: 'I1', mount: mount('/') },
    { op: 'join', on, id: 'V1', mount: mount('/data', on === 'E2') },
    { op: 'join', on, id: 'T1' },
    { op: 'bind', on },
    { op: 'report', on, id: 'T1', state: 'running', attempt: 1 },
    { op: 'join', on, id: 'T2' },
  ];
  return actions.map((one) => ({ action: one, aim: null, handle: 'last' }));
};

/** The first moves of a program. */
export const beginning: fc.Arbitrary<Move[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Move[]>([]) },
  {
    weight: 4,
    arbitrary: fc.tuple(executor, fc.nat({ max: 6 })).map(([on, length]) => usual(on).slice(0, length)),
  },
);

const WITH_HANDLE = new Set(['join', 'bind', 'unbind', 'leave', 'interrupt']);

/** A client that makes moves and remembers the handles in answers. */
export class Client {
  readonly name: string;
  readonly #site: Site;
  readonly #now: () => number;
  readonly #handles = new Map<string, string[]>();
  readonly #members = new Map<string, readonly Member[]>();
  readonly events: Event[] = [];

  constructor(name: string, site: Site, now: () => number) {
    this.name = name;
    this.#site = site;
    this.#now = now;
  }

  /** Makes a move. Opens the composition first if it needs a handle and has none; skips a move that then has none. */
  async make({ action: named, aim, handle }: Move): Promise<void> {
    const action = this.#aimed(named, aim);
    if (!WITH_HANDLE.has(action.op) || !('on' in action)) {
      await this.#take(action);
      return;
    }
    const { on } = action;
    if (handle === 'anew' || !this.#handles.has(on)) await this.#take({ op: 'open', on });
    const known = this.#handles.get(on) ?? [];
    const used = handle === 'first' ? known[0] : known.at(-1);
    if (used !== undefined) await this.#take({ ...action, handle: used });
  }

  #aimed(action: Action, aim: number | null): Action {
    if (aim === null || !('on' in action && 'id' in action) || action.op === 'join') return action;
    const known = this.#members.get(action.on) ?? [];
    const isForTasks = action.op === 'interrupt' || action.op === 'report';
    const meant = isForTasks ? known.filter(({ task }) => task) : known;
    const member = meant[aim % meant.length];
    if (!member) return action;
    if (action.op !== 'report') return { ...action, id: member.id };
    return { ...action, id: member.id, attempt: action.attempt - 1 + Math.max(1, member.task?.attempt ?? 0) };
  }

  async #take(step: Event['step']): Promise<Told> {
    const from = this.#now();
    const told = await this.#site.perform(step);
    this.events.push({ client: this.name, step, told, from, to: this.#now() });
    if (told.handle !== undefined && 'on' in step) {
      this.#handles.set(step.on, [...(this.#handles.get(step.on) ?? []), told.handle]);
      this.#members.set(step.on, told.members ?? []);
    }
    return told;
  }

  /** Learns the handles of another client. */
  follow(other: Client): void {
    for (const [on, handles] of other.#handles) this.#handles.set(on, [...handles]);
    for (const [on, members] of other.#members) this.#members.set(on, members);
  }
}

/** A counter of moments. */
export const clock = (): (() => number) => {
  let now = 0;
  return () => {
    now += 1;
    return now;
  };
};

/** A step and its answer in a line. */
export const describeEvent = ({ client, step, told }: Event): string => {
  const { handle, ...what } = step;
  const { status, code, members } = told;
  const used = handle === undefined ? '' : ` with …${handle.slice(-6)}`;
  const given = told.handle === undefined ? '' : ` …${told.handle.slice(-6)}`;
  return `${client}: ${JSON.stringify(what)}${used} -> ${code ?? status}${given} ${members ? JSON.stringify(members) : ''}`;
};
