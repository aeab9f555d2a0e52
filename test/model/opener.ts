import { answer, type Local, type Program, type Rules } from './program.ts';
import { type Composition, type Element, lone } from './store.ts';

interface State extends Local {
  at: 'read' | 'commit';
  attempt: number;
  executor?: Element;
}

/** Opens the composition of an executor, in one transaction that requires the executor and does not change it. */
export function opener(
  { id, executor, attempts }: { id: string; executor: string; attempts: number },
  { flaw }: Rules,
): Program<State> {
  return {
    id,
    start: { at: 'read', attempt: 1 },
    moves(store, { at, attempt, executor: saw }) {
      if (store.compositions[executor]) {
        return [{ what: 'finds the composition', store, local: answer('opened') }];
      }
      const present = store.elements[executor];
      if (at === 'read') {
        if (!present) return [{ what: 'finds no executor', store, local: answer('not-found') }];
        return [{ what: 'reads the executor', store, local: { at: 'commit', attempt, executor: present } }];
      }
      const isLive =
        present?.incarnation === saw?.incarnation ||
        flaw === 'a composition is opened whatever became of its executor';
      if (!isLive) {
        const again: State = { at: 'read', attempt: attempt + 1 };
        return [{ what: 'fails', store, local: attempt < attempts ? again : answer('unavailable') }];
      }
      const nonce = `${id}.${attempt}`;
      const opened: Composition = { executor: saw?.incarnation ?? '', nonce, revision: 1, members: {} };
      const compositions = { ...store.compositions, [executor]: opened };
      return [{ what: 'opens it', store: { ...store, compositions }, local: answer('opened') }];
    },
  };
}

/** Creates an element without references: one write, on condition that neither an element nor a tag has the name. */
export function founder({ id, name }: { id: string; name: string }, { flaw }: Partial<Rules> = {}): Program {
  const minds = flaw !== 'an element is created whatever tag has its name';
  return {
    id,
    start: { at: 'put' },
    moves(store) {
      if (store.elements[name] || (minds && store.tags[name]))
        return [{ what: 'collides', store, local: answer('name-collision') }];
      const elements = { ...store.elements, [name]: lone(`${id}.1`) };
      return [{ what: 'creates it', store: { ...store, elements }, local: answer('created') }];
    },
  };
}
