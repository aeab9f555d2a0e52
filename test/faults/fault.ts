/** A request in the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The operation of DynamoDB or EventBridge, such as `PutItem`; empty for S3. */
  readonly operation: string;
  /** The parsed body; undefined for S3, whose bodies are passed on unread. */
  readonly body: unknown;
}

export type Matcher = (request: ProxiedRequest) => boolean;

/** The matching requests that are hit: by default only the first. */
export interface Occurrence {
  /** The first one hit, counted from 1. */
  readonly nth?: number;
  /** The number of requests hit from there on. */
  readonly times?: number;
}

/** An error in the form of the service. */
export interface ServiceError {
  readonly code: string;
  readonly status?: number;
  readonly message?: string;
  /** Further members of the body, such as `CancellationReasons`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Blocks requests until a test opens it. */
export interface Gate {
  /** Settles when the first request has arrived. */
  readonly reached: Promise<void>;
  /** Releases blocked requests and later ones. */
  open(): void;
}

export type Fault =
  /** The engine executes the request, but its answer is lost. */
  | { readonly kind: 'swallow' }
  /** The connection breaks before the engine gets the request. */
  | { readonly kind: 'refuse' }
  /** The connection is reset in the middle of the answer. */
  | { readonly kind: 'reset' }
  /** The connection breaks, and the engine gets the request later: perhaps after its repeat. */
  | { readonly kind: 'late'; readonly until: () => Promise<unknown> }
  /** The answer is delayed. */
  | { readonly kind: 'delay'; readonly until: () => Promise<unknown> }
  /** The service answers an error; with `done`, the engine has executed the request, which is possible for a 5xx. */
  | { readonly kind: 'answer'; readonly error: ServiceError; readonly done?: boolean }
  /** Some entries of a PutEvents fail. */
  | { readonly kind: 'partial'; readonly fails: (at: number) => boolean }
  | { readonly kind: 'hold'; readonly at: 'request' | 'answer'; readonly arrive: () => Promise<void> };

/** A fault, and the requests that it hits. */
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

  /** Counts a matching request, and answers whether the fault hits it. */
  hits(request: ProxiedRequest): boolean {
    if (!this.#matches(request)) return false;
    this.#seen += 1;
    return this.#seen >= this.#first && this.#seen <= this.#last;
  }
}
