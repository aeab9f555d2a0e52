/**
 * The storage of the model: the rows of the protocol of ADR 0002, and its single-row writes. Values are never changed in place, so states can
 * share them.
 */
export interface Store {
  elements: Readonly<Record<string, Element>>;
  /** By edge key, see `edgeKey`. */
  edges: Readonly<Record<string, Edge>>;
  /** By the name of the guarded element. */
  guards: Readonly<Record<string, Guard>>;
  /** By the name of the executor: a row beside the executor's own. */
  compositions: Readonly<Record<string, Composition>>;
  /** By name; no element has one of these names. */
  tags: Readonly<Record<string, Tag>>;
  /** A copy of a repeated request: it may still be applied, once, at any time. */
  late?: Write;
}

export interface Element {
  /** Tells an element from an earlier one of the same name. */
  incarnation: string;
  /** Changes with every change. */
  revision: number;
  /** The references of the element, by edge key, with the incarnation of their targets. */
  references: Readonly<Record<string, string>>;
}

export interface Edge {
  state: 'intent' | 'held';
  target: string;
  shard: number;
  referrer: string;
  /** Whether it belongs to a tag: the referrer is the name of the tag, and the edge is deleted with the element. */
  tag?: true;
}

/** A name for an element, until it is moved or removed. */
export interface Tag {
  /** Tells a tag from an earlier one of the same name. */
  life: string;
  /** Changes with every change; restarts with each life. */
  revision: number;
  /** The edge of its reference, which contains the element. */
  key: string;
  /** The incarnation to which it was set. */
  incarnation: string;
}

/** An element that refers to nothing. */
export const lone = (incarnation: string): Element => ({ incarnation, revision: 1, references: {} });

interface Guard {
  /** The attempt that put it; for a permanent guard, the executor. */
  holder: string;
  /** Without a lease: it is deleted with the volume that it guards. */
  standing: boolean;
}

export interface Composition {
  /** The incarnation of its executor. */
  executor: string;
  /** Changes with every operation. */
  nonce: string;
  /** Changes with every change, reports on tasks included; restarts with the executor. */
  revision: number;
  /** By edge key. */
  members: Readonly<Record<string, Member>>;
}

export interface Member {
  /** The incarnation that joined. */
  incarnation: string;
  exclusive: boolean;
  /** For a task that joined with storage: the associated incarnation. */
  associated?: string;
}

/** The edge of a reference that exists from the start. */
export const hold = (target: string, referrer: string): Edge => ({
  state: 'held',
  target,
  shard: 0,
  referrer,
});

/** Two instead of the table's eight: it only matters that edges can be in shards that are read one by one. */
export const shards = [0, 1];

export const edgeKey = (target: string, attempt: string): string => `${target}<${attempt}`;
export const targetOf = (edgeKey: string): string => edgeKey.slice(0, edgeKey.indexOf('<'));

export type Write =
  | { kind: 'put intent'; key: string; edge: Edge }
  | { kind: 'delete edge if intent'; key: string }
  | { kind: 'put guard'; target: string; owner: string }
  | { kind: 'delete guard'; target: string; owner: string };

export interface Written {
  store: Store;
  /** Whether the condition of the write held. */
  accepted: boolean;
}

/** Applies a write. There may be several results, because clocks are arbitrary here: a process may see another's lease as expired or not. */
export function apply(store: Store, write: Write): Written[] {
  switch (write.kind) {
    case 'put intent': {
      if (store.edges[write.key]) return [{ store, accepted: true }];
      return [{ store: { ...store, edges: { ...store.edges, [write.key]: write.edge } }, accepted: true }];
    }
    case 'delete edge if intent': {
      const state = store.edges[write.key]?.state;
      if (state !== 'intent') return [{ store, accepted: state === undefined }];
      return [{ store: { ...store, edges: without(store.edges, write.key) }, accepted: true }];
    }
    case 'put guard': {
      const { target, owner } = write;
      const guard = store.guards[target];
      if (guard?.standing) return [{ store, accepted: false }];
      const guards = { ...store.guards, [target]: { holder: owner, standing: false } };
      const put = { store: { ...store, guards }, accepted: true };
      if (guard === undefined || guard.holder === owner) return [put];
      return [put, { store, accepted: false }];
    }
    case 'delete guard': {
      if (store.guards[write.target]?.holder !== write.owner) return [{ store, accepted: false }];
      return [{ store: { ...store, guards: without(store.guards, write.target) }, accepted: true }];
    }
  }
}

/** A record without one of its keys. */
export function without<V>(record: Readonly<Record<string, V>>, key: string): Record<string, V> {
  const { [key]: _, ...rest } = record;
  return rest;
}

/** One atomic query of one shard of an element's edges. */
export function queryShard(store: Store, target: string, shard: number): [key: string, edge: Edge][] {
  return Object.entries(store.edges).filter(([, edge]) => edge.target === target && edge.shard === shard);
}

/** Deletes an element with its edges on others: part of a transaction. */
export function eraseElement(
  store: Store,
  name: string,
  references: Readonly<Record<string, string>>,
): Store {
  const edges = Object.fromEntries(Object.entries(store.edges).filter(([key]) => !(key in references)));
  return { ...store, elements: without(store.elements, name), edges };
}

/** Whether an element is unchanged, as transactions require of the elements that they change. */
export const isSame = (element: Element | undefined, read: Element): boolean =>
  element?.incarnation === read.incarnation && element.revision === read.revision;
