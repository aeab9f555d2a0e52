import type { Target } from '../lib/composition/plan/target.ts';
import type { Plan } from '../lib/composition/plan/targets.ts';
import { SUBPROTOCOL } from '../lib/composition/session/channels.ts';
import type { OpenedSession } from '../lib/composition/session/session-schema.ts';
import type { HandleJson } from '../lib/composition/shown-composition.ts';
import { defined } from '../lib/defined.ts';
import type { SpecOf } from '../lib/element/specs.ts';
import type { Frozen } from '../lib/shown.ts';
import type { NewElement } from './elements.ts';
import type { CallOptions, Http, PostOptions } from './http.ts';
import { Session, type SessionRequest } from './sessions.ts';
import type { Patch } from './spec.ts';

/** An element that joins an executor: storage says where it appears, a task may say what is different this time. */
interface JoiningElement {
  readonly id: string;
  readonly mount?: {
    readonly path: string;
    readonly readOnly?: boolean;
    readonly persistent?: boolean;
    readonly save?: 'always' | 'never';
  };
  readonly overrides?: Patch<SpecOf<'task'>>;
}

/** A task that the composition alone has; its ID is `<executorId>/tasks/<name>`. */
interface InlineTask {
  readonly task: { readonly name: string; readonly spec?: Frozen<SpecOf<'task'>> };
  /** Storage that it comes with: a member, below whose mount its absolute paths are. */
  readonly storageId?: string;
}

/** What joins an executor. */
export type Joining = JoiningElement | InlineTask;

/** What is to be done about a composition in one step: all of it, or nothing. */
export interface Composing {
  /** Makes the executor where it is not there. */
  readonly executor?: Pick<NewElement<`executor://${string}`>, 'metadata' | 'spec'>;
  readonly members?: readonly Joining[];
  /** Whether everything is bound that is joined then. */
  readonly bind?: boolean;
  /** The latest handle, of a composition that is there. */
  readonly handle?: string;
}

/** What becomes of the executor, and of what was written. */
export interface ClosingOptions extends CallOptions {
  readonly executor?: 'keep' | 'delete' | undefined;
  readonly discard?: boolean | undefined;
}

const pathOf = (handle: string, operation?: string): string =>
  `/compositions/${encodeURIComponent(handle)}${operation === undefined ? '' : `/${operation}`}`;

/** What executors are composed of. Every operation takes the latest handle, and answers the next. */
export class Compositions {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  open(executorId: string, options: PostOptions = {}): Promise<HandleJson> {
    return this.#http.json({ method: 'POST', path: '/compositions', body: { executorId }, ...options });
  }

  /** Makes the executor where it is not there, joins and binds, in one step. */
  compose(executorId: string, composing: Composing, options: PostOptions = {}): Promise<HandleJson> {
    const body = { executorId, ...composing };
    return this.#http.json({ method: 'POST', path: '/compositions', body, ...options });
  }

  read(handle: string, options: CallOptions = {}): Promise<HandleJson> {
    return this.#http.json({ method: 'GET', path: pathOf(handle), ...options });
  }

  join(handle: string, joining: Joining, options: PostOptions = {}): Promise<HandleJson> {
    return this.#post(handle, 'join', joining, options);
  }

  /** Binds one element, or everything that is joined. */
  bind(handle: string, id?: string, options: PostOptions = {}): Promise<HandleJson> {
    return this.#post(handle, 'bind', id === undefined ? {} : { id }, options);
  }

  /** Unbinds one element, or everything that is bound; what was written to volumes is saved then, unless it is to be discarded. */
  unbind(
    handle: string,
    id?: string,
    { discard, ...options }: PostOptions & { readonly discard?: boolean | undefined } = {},
  ): Promise<HandleJson> {
    return this.#post(handle, 'unbind', defined({ id, discard }), options);
  }

  leave(handle: string, id: string, options: PostOptions = {}): Promise<HandleJson> {
    return this.#post(handle, 'leave', { id }, options);
  }

  /**
   * Has everything leave, and the executor deleted where that is asked for. Answers the composition where that waits for an end or a save: the handle is stale once it
   * is over.
   */
  async close(
    handle: string,
    { executor, discard, ...options }: ClosingOptions = {},
  ): Promise<HandleJson | undefined> {
    const query = defined({ executor, discard: discard === undefined ? undefined : String(discard) });
    const { status, text } = await this.#http.send(
      { method: 'DELETE', path: pathOf(handle), query, ...options },
      (problem, wasLost) => wasLost && problem.code === 'stale-handle',
    );
    return status === 202 ? (JSON.parse(text) as HandleJson) : undefined;
  }

  /** Asks for a signal to be sent to a bound task: `TERM`, `HUP`. */
  interrupt(handle: string, id: string, signal: string, options: PostOptions = {}): Promise<HandleJson> {
    return this.#post(handle, 'interrupt', { id, signal }, options);
  }

  /** Talks to a task that runs: attaches to its streams, or runs a command beside it. The signal ends the session, too. */
  async session(handle: string, request: SessionRequest, options: CallOptions = {}): Promise<Session> {
    const call = { method: 'POST', path: pathOf(handle, 'sessions'), body: request, ...options } as const;
    const { url, ...opened } = await this.#http.json<OpenedSession>(call);
    return new Session(opened, await this.#http.connect(url, SUBPROTOCOL, options));
  }

  /** The document by which a target runs it. Throws `ProblemError` with every reason why there is none. */
  plan<T extends Target>(handle: string, target: T, options: CallOptions = {}): Promise<Plan<T>> {
    return this.#http.json({ method: 'GET', path: pathOf(handle, 'plan'), query: { target }, ...options });
  }

  #post(handle: string, operation: string, body: object, options: PostOptions): Promise<HandleJson> {
    return this.#http.json({ method: 'POST', path: pathOf(handle, operation), body, ...options });
  }
}
