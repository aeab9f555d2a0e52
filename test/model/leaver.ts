import { isAsRead, mayReplace, memberKey, withoutMember } from './composition.ts';
import { answer, type Local, type Move, type Program, type Rules } from './program.ts';
import { type Composition, type Element, eraseElement, isSame, type Store, without } from './store.ts';

interface State extends Local {
  at: 'read' | 'read volume' | 'commit';
  attempt: number;
  composition?: Composition;
  /** The exclusive volume of the member, which is deleted too. */
  volume?: Element;
}

interface Leave {
  id: string;
  /** A report removes a stopped ephemeral task; handles stay valid. */
  by: 'operation' | 'report';
  executor: string;
  target: string;
  attempts: number;
}

/** Removes a member from a composition. An exclusive volume is deleted with it, without another guard. */
export function leaver({ id, by, executor, target, attempts }: Leave, rules: Rules): Program<State> {
  const { flaw } = rules;
  const startOver = (attempt: number) =>
    attempt < attempts ? ({ at: 'read', attempt: attempt + 1 } as const) : answer('unavailable');

  const read = (store: Store, attempt: number): Move<State> => {
    const what = 'reads the composition';
    const composition = store.compositions[executor];
    if (!composition) return { what, store, local: answer('stale-handle') };
    const key = memberKey(composition, target);
    if (key === undefined) return { what, store, local: answer('not-joined') };
    const at = composition.members[key]?.exclusive ? 'read volume' : 'commit';
    return { what, store, local: { at, attempt, composition } };
  };

  const mayLeave = (
    present: Composition | undefined,
    read: Composition,
  ): { yes: boolean; reply?: string } => {
    if (flaw === 'a leave does not require the composition') return { yes: true };
    if (by === 'operation') return mayReplace(present, read, rules);
    const onRevision = flaw === 'a report requires the revision alone' && present?.revision === read.revision;
    return { yes: isAsRead(present, read) || onRevision };
  };

  const takeVolume = (store: Store, volume: Element): Store | undefined => {
    const guard = store.guards[target];
    const present = store.elements[target];
    const unchanged =
      isSame(present, volume) ||
      (flaw === 'the exclusive leave does not require the revision' && present !== undefined);
    if (!unchanged || !guard?.standing || guard.holder !== executor) return undefined;
    const keeps = flaw === 'the exclusive leave keeps the standing guard';
    const guards = keeps ? store.guards : without(store.guards, target);
    return { ...eraseElement(store, target, volume.references), guards };
  };

  const commit = (store: Store, { attempt, composition, volume }: State): Move<State> => {
    const saw = composition as Composition;
    const { yes, reply } = mayLeave(store.compositions[executor], saw);
    const without = volume ? takeVolume(store, volume) : store;
    if (!yes || !without) {
      const local = reply === undefined ? startOver(attempt) : answer(reply);
      return { what: 'fails to commit', store, local };
    }
    const nonce = by === 'operation' ? `${id}.${attempt}` : saw.nonce;
    const key = memberKey(saw, target) as string;
    const left = withoutMember(without, executor, { composition: saw, nonce, key });
    return { what: 'commits', store: left, local: answer('left') };
  };

  return {
    id,
    start: { at: 'read', attempt: 1 },
    moves(store, state) {
      const { at, attempt, composition } = state;
      if (at === 'read') return [read(store, attempt)];
      if (at === 'commit') return [commit(store, state)];
      const volume = store.elements[target];
      // Another operation has removed it meanwhile.
      if (!volume) return [{ what: 'finds no volume', store, local: startOver(attempt) }];
      const local: State = { at: 'commit', attempt, ...(composition && { composition }), volume };
      return [{ what: 'reads the volume', store, local }];
    },
  };
}
