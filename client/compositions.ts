import type { Target } from '../lib/composition/plan/target.ts';
import type { Plan } from '../lib/composition/plan/targets.ts';
import { SUBPROTOCOL } from '../lib/composition/session/channels.ts';
import type { OpenedSession } from '../lib/composition/session/session-schema.ts';
import type { HandleJson } from '../lib/composition/shown-composition.ts';
import { defined } from '../lib/defined.ts';
import type { SpecOf } from '../lib/element/specs.ts';
import type { Frozen } from '../lib/shown.ts';
import type { NewElement } from './elements.ts';
import { type CallOptions, type Http, jsonOf, type PostOptions } from './http.ts';
import { Session, type SessionRequest } from './sessions.ts';
import type { Patch } from './spec.ts';

/** An element that joins an executor: storage with its mount, or a task with its overrides. */
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

/** A task that exists only in the composition; its ID is `<executorId>/tasks/<name>`. */
interface InlineTask {
  readonly task: { readonly name: string; readonly spec?: Frozen<SpecOf<'task'>> };
  /** The member that it comes with; its absolute paths are below that member's mount. */
  readonly storageId?: string;
}

/** A new member of a composition. */
export type Joining = JoiningElement | InlineTask;

/** A change of a composition in one step: all of it, or nothing. */
export interface Composing {
  /** Creates the executor if it does not exist. */
  readonly executor?: Pick<NewElement<`executor://${string}`>, 'metadata' | 'spec'>;
  readonly members?: readonly Joining[];
  /** Whether to bind all members. */
  readonly bind?: boolean;
  /** The latest handle of an existing composition. */
  readonly handle?: string;
}

/** The treatment of the executor and of writes to volumes. */
export interface ClosingOptions extends CallOptions {
  readonly executor?: 'keep' | 'delete' | undefined;
  readonly discard?: boolean | undefined;
}

const pathOf = (handle: string, operation?: string): string =>
  `/compositions/${encodeURIComponent(handle)}${operation === undefined ? '' : `/${operation}`}`;

/** Compositions of executors. Every operation takes the latest handle, and answers the next. */
export class Compositions {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  open(executorId: string, options: PostOptions = {}): Promise<HandleJson> {
    return this.#http.json({ method: 'POST', path: '/compositions', body: { executorId }, ...options });
  }

  /** Creates the executor if it does not exist, joins and binds, in one step. */
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

  /** Binds one element, or all members. */
  bind(handle: string, id?: string, options: PostOptions = {}): Promise<HandleJson> {
    return this.#post(handle, 'bind', id === undefined ? {} : { id }, options);
  }

  /** Unbinds one element, or all bound ones. The runner then saves writes to volumes, unless an option discards them. */
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
   * Makes all members leave, and with an option deletes the executor. If tasks still run or writes are not saved yet, it answers the composition;
   * its handle becomes stale when the close is done.
   */
  async close(
    handle: string,
    { executor, discard, ...options }: ClosingOptions = {},
  ): Promise<HandleJson | undefined> {
    const query = defined({ executor, discard: discard === undefined ? undefined : String(discard) });
    const answer = await this.#http.send(
      { method: 'DELETE', path: pathOf(handle), query, ...options },
      (problem, wasLost) => wasLost && problem.code === 'stale-handle',
    );
    return answer.status === 202 ? jsonOf(answer) : undefined;
  }

  /** Requests that the runner sends a signal to a bound task: `TERM`, `HUP`. */
  interrupt(handle: string, id: string, signal: string, options: PostOptions = {}): Promise<HandleJson> {
    return this.#post(handle, 'interrupt', { id, signal }, options);
  }

  /**
   * Opens a session with a running task: attaches to its streams, or runs a command in its container. An aborted signal also ends the session.
   */
  async session(handle: string, request: SessionRequest, options: CallOptions = {}): Promise<Session> {
    const call = { method: 'POST', path: pathOf(handle, 'sessions'), body: request, ...options } as const;
    const { url, ...opened } = await this.#http.json<OpenedSession>(call);
    return new Session(opened, await this.#http.connect(url, SUBPROTOCOL, options));
  }

  /** The plan of the composition for a target. Throws `ProblemError` with all reasons if the target cannot run it. */
  plan<T extends Target>(handle: string, target: T, options: CallOptions = {}): Promise<Plan<T>> {
    return this.#http.json({ method: 'GET', path: pathOf(handle, 'plan'), query: { target }, ...options });
  }

  #post(handle: string, operation: string, body: object, options: PostOptions): Promise<HandleJson> {
    return this.#http.json({ method: 'POST', path: pathOf(handle, operation), body, ...options });
  }
}
