import { mayReplace, withMembers } from './composition.ts';
import type { Local, Rules } from './program.ts';
import {
  type Composition,
  type Element,
  edgeKey,
  isSame,
  lone,
  type Member,
  type Store,
  targetOf,
} from './store.ts';

export type Look = 'look' | 'look at tasks';

export interface State extends Local {
  at: 'announce' | Look | 'break' | 'guard' | 'announce tasks' | 'count' | 'fence' | 'commit' | 'withdraw';
  attempt: number;
  /** As it was read; absent if there was none. */
  composition?: Composition;
  executor?: Element;
  /** The members, as they were read. */
  elements: Record<string, Element>;
  /** The tasks associated with them now, by name. */
  tasks: Record<string, string>;
  /** Intents of others found behind the guards and not fenced yet. */
  intents: string[];
  /** The elements still to read, write or withdraw. */
  left: readonly string[];
  /** An expired guard, and the step to return to. */
  met?: { target: string; holder: string; back: Look };
  /** The answer after the withdrawal; absent: try again. */
  reply?: string;
}

export interface Compose {
  id: string;
  executor: string;
  /** Elements to which others may refer as well, and exclusive ones. */
  shared: string[];
  alone: string[];
  /** Whether the composition exists; otherwise it is created, with its executor if missing. */
  exists: boolean;
  attempts: number;
}

/** The tasks associated with an element, by name, each with the incarnation that was associated. */
export const tasksOf = ({ references }: Element): Record<string, string> =>
  Object.fromEntries(
    Object.entries(references)
      .map(([key, incarnation]) => [targetOf(key), incarnation] as const)
      .filter(([name]) => name.startsWith('task')),
  );

/** The name of an attempt: the holder of its guards, and the nonce of its changes. */
export const ownerOf = (id: string, attempt: number): string => `${id}.${attempt}`;

/** Whether the executor and its composition are unchanged since they were read; or the answer; or undefined to try again. */
const mayCompose = (
  store: Store,
  executor: string,
  { composition, executor: read }: State,
  rules: Rules,
): { yes: boolean; reply?: string } => {
  const { flaw } = rules;
  if (composition) return mayReplace(store.compositions[executor], composition, rules);
  const isFree =
    store.compositions[executor] === undefined ||
    flaw === 'a composition is made whatever composition is there';
  const ignored = read
    ? 'a composition is opened whatever became of its executor'
    : 'an executor is made whatever has its name';
  const isAsItWas = store.elements[executor]?.incarnation === read?.incarnation || flaw === ignored;
  return { yes: isFree && isAsItWas };
};

/** The store with the executor and an empty composition, if they were missing. */
const founded = (
  store: Store,
  executor: string,
  own: string,
  { composition, executor: read }: State,
): [Store, Composition] => {
  if (composition) return [store, composition];
  const element = read ?? lone(own);
  const elements = read ? store.elements : { ...store.elements, [executor]: element };
  return [
    { ...store, elements },
    { executor: element.incarnation, nonce: '', revision: 0, members: {} },
  ];
};

const membersOf = (alone: string[], own: string, { elements, tasks }: State): Record<string, Member> => {
  const members: Record<string, Member> = {};
  for (const [name, element] of Object.entries(elements)) {
    const { incarnation } = element;
    members[edgeKey(name, own)] = { incarnation, exclusive: alone.includes(name) };
    for (const [task, associated] of Object.entries(tasksOf(element)))
      if (tasks[task] !== undefined)
        members[edgeKey(task, own)] = { incarnation: tasks[task], exclusive: false, associated };
  }
  return members;
};

/** The transaction: the next store; or the answer; or undefined to try again. */
export const composed = (
  store: Store,
  { id, executor, shared, alone }: Compose,
  state: State,
  rules: Rules,
): { store: Store } | { reply?: string } => {
  const { flaw } = rules;
  const { attempt, elements, tasks } = state;
  const own = ownerOf(id, attempt);
  const { yes, reply } = mayCompose(store, executor, state, rules);
  if (!yes) return reply === undefined ? {} : { reply };
  const announced = [...shared, ...(flaw === 'tasks come along unannounced' ? [] : Object.keys(tasks))];
  const required =
    flaw === 'a composition is made with the first of its intents' ? announced.slice(0, 1) : announced;
  const isAnnounced = required.every((name) => store.edges[edgeKey(name, own)]?.state === 'intent');
  const isGuarded =
    flaw === 'the exclusive join commits without its guard' ||
    alone.every((name) => store.guards[name]?.holder === own);
  const isUnchanged =
    flaw === 'the exclusive join does not require the volume' ||
    alone.every((name) => isSame(store.elements[name], elements[name] as Element));
  if (!isAnnounced || !isGuarded || !isUnchanged) return {};
  const [made, composition] = founded(store, executor, own, state);
  const joined = withMembers(made, executor, {
    composition,
    nonce: own,
    members: membersOf(alone, own, state),
  });
  const standing = alone.map((name) => [name, { holder: executor, standing: true }] as const);
  return { store: { ...joined, guards: { ...joined.guards, ...Object.fromEntries(standing) } } };
};
