import { TaskportError } from './errors.ts';
import type { Principal } from './principal.ts';

/** Hours for which an `Idempotency-Key` is remembered. */
export const IDEMPOTENCY_HOURS = 24;

/** A caller's key for a request, and the digest of the request. */
export interface Idempotency {
  readonly principal: Principal;
  readonly key: string;
  readonly digest: string;
}

/** The use of a key, written in the same transaction as the effect. */
export interface IdempotencyRecord {
  readonly digest: string;
  /** The ID of the resource that the request created. */
  readonly resource: string;
}

export interface IdempotencyStore {
  find(idempotency: Idempotency): Promise<IdempotencyRecord | undefined>;
}

/**
 * The outcome of a POST: its effect, or the present representation of the resource if the effect had happened
 * before.
 */
export interface Outcome<T> {
  readonly value: T;
  readonly replayed: boolean;
}

/** The transaction of an effect found that its key was used before; `once` reads what it was used for. */
export const usedKey = (): TaskportError =>
  new TaskportError(
    'idempotency-mismatch',
    'this Idempotency-Key was used before: send a new key, or the same request again',
  );

/** The value of an effect that writes nothing. It reads the store to find a used key, because no transaction runs that would fail for a used key. */
export const unwritten = async <T>(
  store: IdempotencyStore,
  idempotency: Idempotency | undefined,
  value: T,
): Promise<T> => {
  if (idempotency && (await store.find(idempotency))) throw usedKey();
  return value;
};

/**
 * Runs `effect` once for each key. It reads the store only if the effect fails: a key that was used before makes
 * the transaction fail, so success costs no extra round trip. A repeat with the same digest answers what
 * `present` shows of the resource now; with another digest, it throws `idempotency-mismatch`.
 */
export const once = async <T>(
  store: IdempotencyStore,
  idempotency: Idempotency | undefined,
  effect: () => Promise<T>,
  present: (resource: string) => Promise<T>,
): Promise<Outcome<T>> => {
  try {
    return { value: await effect(), replayed: false };
  } catch (error) {
    if (!idempotency || !(error instanceof TaskportError)) throw error;
    const record = await store.find(idempotency);
    if (!record) throw error;
    if (record.digest !== idempotency.digest) {
      throw new TaskportError(
        'idempotency-mismatch',
        'this Idempotency-Key was used for another request: send a new key, or that request again',
      );
    }
    return { value: await present(record.resource), replayed: true };
  }
};
