/** Keeps data under flat keys that are never used twice. */
export interface BlobStore {
  /** Stores the bytes; the store is given their SHA-256 to check. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** A URL that answers the bytes to GET or HEAD, for some minutes. */
  url(key: string, method: 'GET' | 'HEAD'): Promise<string>;
  /** Deletes the bytes; that there are none is fine. */
  remove(key: string): Promise<void>;
}
