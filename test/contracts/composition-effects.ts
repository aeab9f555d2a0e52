import { defined } from '../../lib/defined.ts';
import type { Action, Member, Step, World } from './composition-model.ts';

type Changed = World['compositions'][string];

const without = <T>(map: Readonly<Record<string, T>>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));

const withMembers = (world: World, on: string, change: (former: Changed) => Partial<Changed>): World => {
  const former = world.compositions[on];
  if (!former) throw new Error(`${on} has no composition to change`);
  return { ...world, compositions: { ...world.compositions, [on]: { ...former, ...change(former) } } };
};

/** The composition without these members; it remembers the attempts of their tasks. */
const leaving = (former: Changed, gone: (member: Member) => boolean): Partial<Changed> => ({
  members: former.members.filter((member) => !gone(member)),
  attempts: {
    ...former.attempts,
    ...Object.fromEntries(
      former.members.filter(gone).flatMap(({ id, task }) => (task?.attempt ? [[id, task.attempt]] : [])),
    ),
  },
});

const mapTask = (
  members: readonly Member[],
  id: string,
  change: (task: NonNullable<Member['task']>) => object,
) =>
  members.map((member) =>
    member.id === id && member.task
      ? { ...member, task: { ...member.task, ...change(member.task) } }
      : member,
  );

const join = (world: World, { on, id, mount }: Extract<Action, { op: 'join' }>): World =>
  withMembers(world, on, ({ members, attempts }) => {
    const toTask = (name: string, along: boolean): Member => ({
      id: name,
      bound: false,
      task: defined({
        state: 'created',
        attempt: attempts[name] ?? 0,
        isAsked: false,
        ephemeral: members.some((member) => member.bound && member.task),
        with: along ? id : undefined,
        signals: 0,
      }),
    });
    if (id.startsWith('T')) return { members: [...members, toTask(id, false)] };
    const tasks = mount ? (world.elements[id]?.tasks ?? []).map((name) => toTask(name, true)) : [];
    return { members: [...members, defined({ id, bound: false, mount }), ...tasks] };
  });

const bound = (member: Member): Member =>
  member.task
    ? {
        ...member,
        bound: true,
        task: { ...member.task, state: 'bound', isAsked: true, attempt: member.task.attempt + 1 },
      }
    : { ...member, bound: true };

const unbound = (member: Member): Member =>
  member.task?.state === 'bound'
    ? { ...member, bound: false, task: { ...member.task, state: 'created' } }
    : { ...member, bound: false };

const leave = (world: World, on: string, id: string): World => {
  const member = world.compositions[on]?.members.find((candidate) => candidate.id === id);
  const left = withMembers(world, on, (former) =>
    leaving(former, (candidate) => candidate.id === id || candidate.task?.with === id),
  );
  return member?.mount?.persistent === false ? { ...left, elements: without(left.elements, id) } : left;
};

const report = (world: World, { on, id, state, attempt }: Extract<Action, { op: 'report' }>): World => {
  const told = withMembers(world, on, ({ members }) => ({
    members: mapTask(members, id, () => ({ state, attempt })),
  }));
  const departs = (member: Member): boolean =>
    member.id === id && member.task?.ephemeral === true && state === 'exited';
  return withMembers(told, on, (former) => leaving(former, departs));
};

/** Whether the step would change nothing. */
export const changesNothing = (world: World, step: Step): boolean => {
  if (step.op === 'bind' || step.op === 'unbind') {
    const wanted = step.op === 'unbind';
    const members = world.compositions[step.on]?.members ?? [];
    return step.id === undefined && members.every((member) => member.bound !== wanted);
  }
  if (step.op !== 'report') return step.op === 'open' && world.compositions[step.on] !== undefined;
  const task = world.compositions[step.on]?.members.find(({ id }) => id === step.id)?.task;
  return task?.attempt === step.attempt && task.state === step.state;
};

/** Creates the executor and its composition if they are missing; then all members join, and are bound. */
const compose = (world: World, { on, joins, bind }: Extract<Action, { op: 'compose' }>): World => {
  const own = world.elements[on] ?? { tasks: [] };
  const empty = { handle: '', members: [], attempts: {} };
  const founded: World = {
    elements: { ...world.elements, [on]: own },
    compositions: { ...world.compositions, [on]: empty },
  };
  const joined = joins.reduce((before, one) => join(before, { op: 'join', on, ...one }), founded);
  return bind ? changed(joined, { op: 'bind', on }) : joined;
};

const changed = (world: World, step: Step): World => {
  const { elements } = world;
  switch (step.op) {
    case 'open': {
      const empty = { handle: '', members: [], attempts: {} };
      return { ...world, compositions: { ...world.compositions, [step.on]: empty } };
    }
    case 'compose':
      return compose(world, step);
    case 'join':
      return join(world, step);
    case 'bind':
    case 'unbind': {
      const turn = step.op === 'bind' ? bound : unbound;
      const isMeant = (member: Member): boolean =>
        step.id === undefined ? member.bound === (step.op === 'unbind') : member.id === step.id;
      return withMembers(world, step.on, ({ members }) => ({
        members: members.map((member) => (isMeant(member) ? turn(member) : member)),
      }));
    }
    case 'leave':
      return leave(world, step.on, step.id);
    case 'interrupt':
      return withMembers(world, step.on, ({ members }) => ({
        members: mapTask(members, step.id, ({ signals }) => ({ signals: signals + 1 })),
      }));
    case 'report':
      return report(world, step);
    case 'create':
      return { ...world, elements: { ...elements, [step.id]: { tasks: [] } } };
    case 'child':
      return { ...world, elements: { ...elements, [step.id]: { parent: step.of, tasks: [] } } };
    case 'delete':
      return {
        elements: without(elements, step.id),
        compositions: without(world.compositions, step.id),
      };
    default: {
      const former = elements[step.id] ?? { tasks: [] };
      const isThere = former.tasks.includes(step.task);
      if (isThere === (step.op === 'associate')) return world;
      const tasks = isThere
        ? former.tasks.filter((task) => task !== step.task)
        : [...former.tasks, step.task];
      return { ...world, elements: { ...elements, [step.id]: { ...former, tasks } } };
    }
  }
};

/** The world after an accepted step; `handle` is the one in the answer, if any. */
export const after = (world: World, step: Step, handle: string | undefined): World => {
  if (changesNothing(world, step)) return world;
  const next = changed(world, step);
  const on = 'on' in step ? step.on : undefined;
  if (handle === undefined || on === undefined) return next;
  return withMembers(next, on, () => ({ handle }));
};
