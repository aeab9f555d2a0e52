import type { Data, DataSource } from '../data-source.ts';
import type { SignableRequest } from '../sigv4.ts';

/** A digest of data that does not fit into memory. */
interface Hash {
  update(bytes: Uint8Array): void;
  /** In hexadecimal; nothing can be added after it. */
  digest(): string;
}

/** Takes bytes as they come; they are believed only when the download has settled. */
export type Take = (bytes: Uint8Array) => Promise<void>;

/** What Node and browsers do in ways of their own; `#platform` is the one that the client runs on. */
export interface Platform {
  /** Throws for an algorithm other than `sha256` and `sha512`. */
  createHash(algorithm: string): Hash;
  /** Opens data. Throws `TypeError` for a path that is no file, and what the file system says. */
  openData(data: Data, signal: AbortSignal | undefined): Promise<DataSource>;
  /** Has a file written, which is there only once it is whole. */
  writeFile<T>(path: string, write: (take: Take) => Promise<T>): Promise<T>;
  /** The headers of a request, signed with the AWS credentials of the environment. */
  signIam(request: SignableRequest): Promise<Record<string, string>>;
}
