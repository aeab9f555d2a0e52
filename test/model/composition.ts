import type { Rules } from './program.ts';
import { type Composition, type Edge, type Member, type Store, targetOf, without } from './store.ts';

/** A composition that exists from the start. */
export const compose = (members: Record<string, Member> = {}, executor = 'x0'): Composition => ({
  executor,
  nonce: `${executor}.c`,
  revision: 1 + Object.keys(members).length,
  members,
});

/** Whether a composition is unchanged. The revision alone is not enough, because it restarts with a new executor. */
export const isAsRead = (present: Composition | undefined, read: Composition | undefined): boolean =>
  present?.nonce === read?.nonce && present?.revision === read?.revision;

/**
 * Whether an operation may replace the composition that it read: `true`, or the answer; absent: only reports came between, so the handle is valid
 * and it tries again.
 */
export const mayReplace = (
  present: Composition | undefined,
  read: Composition,
  { flaw }: Rules,
): { yes: boolean; reply?: string } => {
  if (present?.nonce !== read.nonce) return { yes: false, reply: 'stale-handle' };
  return { yes: isAsRead(present, read) || flaw === 'an operation requires the nonce alone' };
};

/** Adds members to the unchanged composition: part of a transaction, together with their edges. */
export const withMembers = (
  store: Store,
  executor: string,
  {
    composition,
    nonce,
    members,
  }: { composition: Composition; nonce: string; members: Record<string, Member> },
): Store => {
  const edges = Object.keys(members).map((key): [string, Edge] => {
    const shard = store.edges[key]?.shard ?? 0;
    return [key, { state: 'held', target: targetOf(key), shard, referrer: executor }];
  });
  const replaced: Composition = {
    ...composition,
    nonce,
    revision: composition.revision + 1,
    members: { ...composition.members, ...members },
  };
  return {
    ...store,
    edges: { ...store.edges, ...Object.fromEntries(edges) },
    compositions: { ...store.compositions, [executor]: replaced },
  };
};

/** Removes a member of the unchanged composition, with its edge. */
export const withoutMember = (
  store: Store,
  executor: string,
  { composition, nonce, key }: { composition: Composition; nonce: string; key: string },
): Store => ({
  ...store,
  edges: without(store.edges, key),
  compositions: {
    ...store.compositions,
    [executor]: {
      ...composition,
      nonce,
      revision: composition.revision + 1,
      members: without(composition.members, key),
    },
  },
});

/** The member that is this element. */
export const memberKey = ({ members }: Composition, target: string): string | undefined =>
  Object.keys(members).find((key) => targetOf(key) === target);
