/**
 * The storage of the model: what the protocol of ADR 0002 keeps in the table, and the single-row writes that it sends
 * there. Values are never changed in place, so states can share them.
 */
export interface Store {
  elements: Readonly<Record<string, Element>>;
  /** By edge key, see `edgeKey`. */
  edges: Readonly<Record<string, Edge>>;
  /** By the name of the guarded element. */
  guards: Readonly<Record<string, Guard>>;
  /** By the name of the executor: a row beside the executor's own. */
  compositions: Readonly<Record<string, Composition>>;
  /** By name: names of which none is an element's. */
  tags: Readonly<Record<string, Tag>>;
  /** A copy of a request that its client gave up on and sent again: it may still be applied, once, at any time. */
  late?: Write;
}

export interface Element {
  /** Tells an element from an earlier one of the same name. */
  incarnation: string;
  /** Moved by every change. */
  revision: number;
  /** What the element refers to, by edge key: the incarnation that the reference was made to. */
  references: Readonly<Record<string, string>>;
}

export interface Edge {
  state: 'intent' | 'held';
  target: string;
  shard: number;
  referrer: string;
  /** Whether it is a tag's: the referrer is the tag's name, and it goes with the element. */
  tag?: true;
}

/** A name that stands for an element, until it is moved to another or taken away. */
export interface Tag {
  /** Tells a tag from an earlier one of the same name. */
  life: string;
  /** Moved by every change; begins anew with each life. */
  revision: number;
  /** The edge of its reference, which says what it names. */
  key: string;
  /** The incarnation that it was set to. */
  incarnation: string;
}

/** An element that refers to nothing. */
export const lone = (incarnation: string): Element => ({ incarnation, revision: 1, references: {} });

interface Guard {
  /** The attempt that put it; of a standing guard, the executor. */
  holder: string;
  /** Without a lease: it goes with the volume that it guards. */
  standing: boolean;
}

export interface Composition {
  /** The incarnation of its executor. */
  executor: string;
  /** Moved by every operation. */
  nonce: string;
  /** Moved by every change, reports on tasks included; begins anew with the executor. */
  revision: number;
  /** By edge key. */
  members: Readonly<Record<string, Member>>;
}

export interface Member {
  /** The incarnation that was joined. */
  incarnation: string;
  exclusive: boolean;
  /** Of a task that came along: the incarnation that the storage was associated with. */
  associated?: string;
}

/** The edge of a reference that has been there from the start. */
export const hold = (target: string, referrer: string): Edge => ({
  state: 'held',
  target,
  shard: 0,
  referrer,
});

/** Two stand for the eight of the table: what matters is only that edges can lie in shards that are read one by one. */
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

/**
 * Applies a write. There may be several results because clocks are arbitrary here: a process that meets the guard of another may
 * find that its lease has expired or has not.
 */
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

/** One atomic query of one shard of the edges beside an element. */
export function queryShard(store: Store, target: string, shard: number): [key: string, edge: Edge][] {
  return Object.entries(store.edges).filter(([, edge]) => edge.target === target && edge.shard === shard);
}

/** Deletes an element with the edges that it holds on others: part of a transaction. */
export function eraseElement(
  store: Store,
  name: string,
  references: Readonly<Record<string, string>>,
): Store {
  const edges = Object.fromEntries(Object.entries(store.edges).filter(([key]) => !(key in references)));
  return { ...store, elements: without(store.elements, name), edges };
}

/** Whether an element is still what it was: what transactions require of the elements that they change. */
export const isSame = (element: Element | undefined, read: Element): boolean =>
  element?.incarnation === read.incarnation && element.revision === read.revision;
