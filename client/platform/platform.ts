import type { Data, DataSource } from '../data-source.ts';
import type { SignableRequest } from '../sigv4.ts';

/** An incremental hash. */
interface Hash {
  update(bytes: Uint8Array): void;
  /** The digest in hexadecimal; no bytes can be added after it. */
  digest(): string;
}

/** Receives bytes. They are not verified until the download has settled. */
export type Take = (bytes: Uint8Array) => Promise<void>;

/** The parts of a request. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer before its body is read. After the body is read to its end, the connection is reused. */
export interface Answered {
  /** 0 if a browser hides the target of a redirect. */
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A WebSocket whose messages are bytes. */
export interface MessageSocket {
  /** The messages. It reads from the connection only on demand, and throws if the connection breaks. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Settles once the connection is closed, even if nobody reads its messages. */
  readonly closed: Promise<void>;
  /** Settles once more can be sent. Throws if the connection is closed. */
  send(message: Uint8Array): Promise<void>;
  /** Closes it after the peer has read all sent messages. */
  close(): void;
  /** Terminates it at once. */
  drop(): void;
}

/** Functions that differ between Node and browsers; `#platform` resolves to the present one. */
export interface Platform {
  /** Makes one request; a redirect is an answer. Throws network errors, and the signal's reason. */
  request(url: string | URL, asked?: Asked): Promise<Answered>;
  /** Throws for an algorithm other than `sha256` and `sha512`. */
  createHash(algorithm: string): Hash;
  /** Opens data. Throws `InputError` for a path that is no file, and errors of the file system. */
  openData(data: Data, signal: AbortSignal | undefined): Promise<DataSource>;
  /** Writes a file atomically: it appears only when it is complete. */
  writeFile<T>(path: string, write: (take: Take) => Promise<T>): Promise<T>;
  /** Opens a WebSocket, without retries. Throws `ProblemError` if it is refused, and network errors. */
  connect(url: URL, subprotocol: string, asked: Pick<Asked, 'headers' | 'signal'>): Promise<MessageSocket>;
  /** The headers of a request, signed with the AWS credentials of the environment. */
  signIam(request: SignableRequest): Promise<Record<string, string>>;
}
