import { answer, type Local, type Program, type Rules } from './program.ts';
import { type Element, isSame, type Store, targetOf, without } from './store.ts';

interface State extends Local {
  at: 'read' | 'commit';
  attempt: number;
  own?: Element;
}

/** Whether storage may be replaced by its changed version. */
export const isReplaceable = (store: Store, storage: string, read: Element, { flaw }: Rules): boolean =>
  isSame(store.elements[storage], read) ||
  (flaw === 'an association does not require the revision' && store.elements[storage] !== undefined);

/**
 * The revision of storage after a change of its associations. Its deleter, and other processes that change it, require the revision that they
 * read.
 */
export const nextRevision = ({ revision }: Element, { flaw }: Rules): number =>
  flaw === 'an association does not move the revision' ? revision : revision + 1;

/** Ends the association of a task with storage. */
export function disassociator(
  { id, storage, task, attempts }: { id: string; storage: string; task: string; attempts: number },
  rules: Rules,
): Program<State> {
  return {
    id,
    start: { at: 'read', attempt: 1 },
    moves(store, { at, attempt, own }) {
      if (at === 'read') {
        const present = store.elements[storage];
        if (!present) return [{ what: 'finds no storage', store, local: answer('not-found') }];
        return [{ what: 'reads the storage', store, local: { at: 'commit', attempt, own: present } }];
      }
      const read = own as Element;
      const key = Object.keys(read.references).find((key) => targetOf(key) === task);
      if (key === undefined) return [{ what: 'finds no such task', store, local: answer('not-found') }];
      if (!isReplaceable(store, storage, read, rules)) {
        const again: State = { at: 'read', attempt: attempt + 1 };
        return [{ what: 'fails', store, local: attempt < attempts ? again : answer('unavailable') }];
      }
      const references = without(read.references, key);
      const replaced = { ...read, revision: nextRevision(read, rules), references };
      const elements = { ...store.elements, [storage]: replaced };
      const parted = { ...store, elements, edges: without(store.edges, key) };
      return [{ what: 'commits', store: parted, local: answer('parted') }];
    },
  };
}
