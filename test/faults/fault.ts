/** A request on its way through the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The operation of DynamoDB or EventBridge, such as `PutItem`; empty for S3. */
  readonly operation: string;
  /** Their request; nothing for S3, whose bodies are passed on unread. */
  readonly body: unknown;
}

export type Matcher = (request: ProxiedRequest) => boolean;

/** Which of the matching requests are hit: by default the first alone. */
export interface Occurrence {
  /** The first one hit, counted from 1. */
  readonly nth?: number;
  /** How many are hit from there on. */
  readonly times?: number;
}

/** An error as the service itself would answer it. */
export interface ServiceError {
  readonly code: string;
  readonly status?: number;
  readonly message?: string;
  /** Further members of the body, such as `CancellationReasons`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Holds requests until a test lets them go. */
export interface Gate {
  /** Settles when the first request has come. */
  readonly reached: Promise<void>;
  /** Lets go of what is held and of what comes later. */
  open(): void;
}

export type Fault =
  /** The engine does what it was asked to, but its answer is lost. */
  | { readonly kind: 'swallow' }
  /** The connection breaks before the engine hears of the request. */
  | { readonly kind: 'refuse' }
  /** The connection is reset in the middle of the answer. */
  | { readonly kind: 'reset' }
  /** The connection breaks, and the engine hears of the request a while later: after its repeat, perhaps. */
  | { readonly kind: 'late'; readonly until: () => Promise<unknown> }
  /** The answer takes its time. */
  | { readonly kind: 'delay'; readonly until: () => Promise<unknown> }
  /** The service answers an error; `done` says that the engine has done it all the same, as a 5xx may be. */
  | { readonly kind: 'answer'; readonly error: ServiceError; readonly done?: boolean }
  /** Some entries of a PutEvents are not taken. */
  | { readonly kind: 'partial'; readonly fails: (at: number) => boolean }
  | { readonly kind: 'hold'; readonly at: 'request' | 'answer'; readonly arrive: () => Promise<void> };

/** A fault, and the requests that it happens to. */
export class Rule {
  readonly fault: Fault;
  readonly #matches: Matcher;
  readonly #first: number;
  readonly #last: number;
  #seen = 0;

  constructor(fault: Fault, matches: Matcher, { nth = 1, times = 1 }: Occurrence) {
    this.fault = fault;
    this.#matches = matches;
    this.#first = nth;
    this.#last = nth + times - 1;
  }

  /** Counts the request where it matches, and answers whether the fault happens to it. */
  hits(request: ProxiedRequest): boolean {
    if (!this.#matches(request)) return false;
    this.#seen += 1;
    return this.#seen >= this.#first && this.#seen <= this.#last;
  }
}
