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

/** A request as it is sent. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer as it begins, and its body as it comes: read to its end, its connection serves again. */
export interface Answered {
  /** 0 where a browser does not say where a redirect leads. */
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A WebSocket whose messages are bytes. */
export interface MessageSocket {
  /** Messages as they come; while nobody takes them, nothing is read. Throws where the connection breaks. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Settles once the connection is over, also where nobody takes its messages. */
  readonly closed: Promise<void>;
  /** Settles once more may be sent. Throws where the connection is over. */
  send(message: Uint8Array): Promise<void>;
  /** Closes it, once what was sent is read. */
  close(): void;
  /** Ends it at once. */
  drop(): void;
}

/** What Node and browsers do in ways of their own; `#platform` is the one that the client runs on. */
export interface Platform {
  /** Makes a request, once; a redirect is an answer. Throws what the network says, and the signal's reason. */
  request(url: string | URL, asked?: Asked): Promise<Answered>;
  /** Throws for an algorithm other than `sha256` and `sha512`. */
  createHash(algorithm: string): Hash;
  /** Opens data. Throws `TypeError` for a path that is no file, and what the file system says. */
  openData(data: Data, signal: AbortSignal | undefined): Promise<DataSource>;
  /** Has a file written, which is there only once it is whole. */
  writeFile<T>(path: string, write: (take: Take) => Promise<T>): Promise<T>;
  /** Opens a WebSocket, once. Throws `ProblemError` where it is refused, and what the network says. */
  connect(url: URL, subprotocol: string, asked: Pick<Asked, 'headers' | 'signal'>): Promise<MessageSocket>;
  /** The headers of a request, signed with the AWS credentials of the environment. */
  signIam(request: SignableRequest): Promise<Record<string, string>>;
}
