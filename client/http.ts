import { platform } from '#platform';
import { firstAborted } from '../lib/first-aborted.ts';
import { UnreachableError } from '../lib/unreachable-error.ts';
import { textOf } from './body.ts';
import type { Answered, Asked, MessageSocket } from './platform/platform.ts';
import { type PreparedCall, prepare } from './prepared-call.ts';
import { type ProblemError, problemOf } from './problem-error.ts';
import { retryAfter } from './retry-after.ts';
import { sleep } from './sleep.ts';
import { WrongAddressError } from './wrong-address-error.ts';

/** Retries of a call, and its timeouts. */
export interface Patience {
  /** The most tries. */
  readonly attempts: number;
  /** The longest wait before the second try; it doubles for each next one, and the client waits a random part of it. */
  readonly firstDelayMs: number;
  /** Milliseconds to wait for an answer. */
  readonly timeoutMs: number;
}

export interface ClientOptions {
  /** The address of the service, without `/v1`. */
  readonly url: string;
  /** A bearer token, or a function that answers the present one. */
  readonly token?: string | (() => Promise<string>);
  /** Signs with the AWS credentials of the environment (SigV4, service `execute-api`). */
  readonly auth?: 'iam';
  /** The region to sign for, if the service's host name does not contain it. */
  readonly region?: string;
  readonly patience?: Partial<Patience>;
}

/** The options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The options of a POST: another process repeats the same call with the same key. */
export interface PostOptions extends CallOptions {
  readonly idempotencyKey?: string | undefined;
}

/** The options of a change: the `etag` of the state that it changes. */
export interface ChangeOptions extends CallOptions {
  readonly ifMatch?: string | undefined;
}

/** The answer, with the entity tag of this state. */
export type Tagged<T> = T & { readonly etag: string };

export interface Call extends PostOptions, ChangeOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path below `/v1`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** The body: bytes unchanged, other values as JSON. */
  readonly body?: unknown;
  readonly accept?: string;
  /** Whether the service may answer with a redirect. */
  readonly mayRedirect?: boolean;
  /** Whether the call must create the resource. */
  readonly isNew?: boolean;
}

export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Answered['headers'];
  readonly text: string;
}

const DEFAULT_PATIENCE: Patience = { attempts: 5, firstDelayMs: 200, timeoutMs: 35_000 };
const MAX_DELAY_MS = 10_000;
/** Statuses after which a retry may succeed; the last two come from gateways. */
const PASSING = new Set([429, 503, 502, 504]);
/** Failures before the request was sent. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

const codeOf = (error: unknown): string | undefined =>
  ((error as { cause?: { code?: string } }).cause ?? (error as { code?: string })).code;

/** The answer as JSON. Throws `WrongAddressError` for another text. */
export const jsonOf = <T>(answer: Answer): T => {
  try {
    return JSON.parse(answer.text) as T;
  } catch {
    throw new WrongAddressError(answer);
  }
};

export const taggedOf = <T>(answer: Answer): Tagged<T> => ({
  ...jsonOf<T>(answer),
  etag: answer.headers.get('etag') ?? '',
});

/**
 * Makes calls, and retries them if nobody answers or the service asks for it. All tries of a POST have the same key, so that the service executes
 * it once. A conditional change is not retried after a lost answer, because its own effect would fail the condition.
 */
export class Http {
  readonly #options: ClientOptions;
  readonly #patience: Patience;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#patience = { ...DEFAULT_PATIENCE, ...options.patience };
  }

  /** The answer as JSON. Throws `ProblemError`, `UnreachableError`, `InputError` if another server answered, and the signal's reason. */
  async json<T>(call: Call): Promise<T> {
    return jsonOf(await this.send(call));
  }

  /** The answer as JSON, with its entity tag. Throws as `json`. */
  async tagged<T>(call: Call): Promise<Tagged<T>> {
    return taggedOf(await this.send(call));
  }

  /** Deletes a path. If an answer was lost, a later `not-found` counts as success. */
  async delete(call: Omit<Call, 'method'>): Promise<void> {
    await this.send(
      { ...call, method: 'DELETE' },
      (problem, wasLost) => wasLost && problem.code === 'not-found',
    );
  }

  /** The answer with its body. Throws like `json`, except for answers that `accepts` permits. */
  async send(
    call: Call,
    accepts: (problem: ProblemError, wasLost: boolean) => boolean = () => false,
  ): Promise<Answer> {
    const prepared = prepare(this.#options.url, call);
    let wasLost = false;
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= this.#patience.attempts;
      const init = await this.#signed(prepared);
      let answer: Answer | undefined;
      try {
        const { status, headers, body } = await platform.request(prepared.url, this.timed(init, call));
        answer = { url: prepared.url, status, headers, text: await textOf(body) };
      } catch (error) {
        call.signal?.throwIfAborted();
        const isUnsent = UNSENT.has(codeOf(error) ?? '');
        // The key makes the service execute a POST once.
        const isConditional = call.method !== 'POST' && (call.ifMatch !== undefined || call.isNew);
        if (isLast || (!isUnsent && isConditional)) throw this.#unreachable(error);
        wasLost ||= !isUnsent;
      }
      if (answer && answer.status < 400) {
        const isRedirect = answer.status < 200 || answer.status >= 300;
        if (isRedirect && !call.mayRedirect) throw new WrongAddressError(answer);
        return answer;
      }
      if (answer && (isLast || !PASSING.has(answer.status))) {
        const problem = problemOf(answer.status, answer.text);
        if (accepts(problem, wasLost)) return answer;
        throw problem;
      }
      wasLost ||= answer !== undefined && answer.status !== 429;
      const most = Math.min(MAX_DELAY_MS, this.#patience.firstDelayMs * 2 ** (attempt - 1));
      await sleep(Math.random() * most + retryAfter(answer?.headers.get('retry-after')), call.signal);
    }
  }

  /**
   * The target of a redirect. In a browser, a page may follow a redirect but not read it: this requests one byte, and answers the URL of the
   * response. Throws like `json`.
   */
  async follow(call: Call): Promise<string> {
    const prepared = prepare(this.#options.url, call);
    const init = await this.#signed({ ...prepared, headers: { ...prepared.headers, range: 'bytes=0-0' } });
    const response = await fetch(prepared.url, this.timed(init, call) as RequestInit).catch((error) => {
      call.signal?.throwIfAborted();
      throw this.#unreachable(error);
    });
    if (!response.ok) throw problemOf(response.status, await response.text());
    await response.body?.cancel();
    return response.url;
  }

  /** The answer without a retry, with its body as a stream. Throws like `json`, also while the body is read. */
  async open(
    call: Call & { readonly signal: AbortSignal },
  ): Promise<{ readonly headers: Answered['headers']; readonly body: AsyncIterable<Uint8Array> }> {
    const prepared = prepare(this.#options.url, call);
    const asked = { ...(await this.#signed(prepared)), signal: call.signal };
    const { status, headers, ...answered } = await platform.request(prepared.url, asked).catch((error) => {
      throw this.#unreachable(error);
    });
    const body = this.#read(answered.body);
    if (status === 200) return { headers, body };
    throw problemOf(status, await textOf(body));
  }

  /** Opens a WebSocket to a URL from the service. Throws `ProblemError`, `UnreachableError`. */
  async connect(address: string, subprotocol: string, { signal }: CallOptions): Promise<MessageSocket> {
    const url = new URL(address);
    const signed = await this.#signed({ url, method: 'GET', headers: {}, body: undefined });
    const { headers = {} } = signed;
    return platform.connect(url, subprotocol, { headers, signal }).catch((error: Error) => {
      signal?.throwIfAborted();
      throw error.name === 'ProblemError' ? error : this.#unreachable(error);
    });
  }

  async *#read(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    try {
      yield* body;
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): UnreachableError {
    return new UnreachableError(this.#options.url, error, true);
  }

  /** One try, with its timeout. */
  timed(asked: Asked, { signal }: CallOptions): Asked {
    return { ...asked, signal: firstAborted(signal, AbortSignal.timeout(this.#patience.timeoutMs)) };
  }

  /**
   * The request with credentials: signed again for each try, because a signature and a token are valid for minutes. Throws
   * `UnreachableError` without credentials, since another try would not change that.
   */
  async #signed({ url, method, headers, body }: PreparedCall): Promise<Asked> {
    const { token, auth, region } = this.#options;
    const init = { method, body };
    if (auth === 'iam') {
      const signed = platform.signIam({ url, method, headers, body, region }).catch((error: Error) => {
        throw error.name === 'CredentialsProviderError' ? this.#unreachable(error) : error;
      });
      return { ...init, headers: await signed };
    }
    if (token === undefined) return { ...init, headers };
    const bearer = typeof token === 'string' ? token : await token();
    return { ...init, headers: { ...headers, authorization: `Bearer ${bearer}` } };
  }
}
