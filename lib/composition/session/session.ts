import type { Principal } from '../../principal.ts';
import type { ServedSession } from './session-schema.ts';

/** A caller's session with a task. */
export interface Session extends Omit<ServedSession, 'url' | 'expiresAt'> {
  /** The caller. */
  readonly principal: Principal;
  /** The composition in which the task runs. */
  readonly composition: { readonly createdAt: string; readonly revision: number };
}

/** The end of a session: the program ended, the client detached, or one of both sides is gone. */
export type SessionOutcome = {
  readonly how: 'completed' | 'detached' | 'client-gone' | 'runner-gone' | 'failed';
  /** The exit code of the program, if that has ended. */
  readonly exitCode?: number;
};

/** A session as it is stored, from the moment when its client connected. */
export interface KeptSession extends Session {
  readonly beganAt: string;
  readonly ended?: SessionOutcome & { readonly at: string; readonly seconds: number };
}

/** Keeps the sessions for the audit trail. Both methods may throw `unavailable`. */
export interface SessionStore {
  put(session: KeptSession): Promise<void>;
}

/** Called by a relay during a session. */
export interface SessionObserver {
  /** The client has connected; runners learn of the session by this. An error ends the session. */
  began(): Promise<void>;
  /** The session has ended after it began. */
  ended(outcome: SessionOutcome): Promise<void>;
}

/** The way into a session: valid once, until `expiresAt`. */
export interface Admission {
  /** The path of a URL of this service. */
  readonly path: string;
  readonly expiresAt: string;
}

/** Connects a client with the runner of a task. */
export interface Relay {
  /** Admits a client. Throws `too-many-requests`. */
  admit(session: Session, observer: SessionObserver): Admission;
  /** The session that waits for a runner of this location; undefined if it no longer waits. */
  waiting(session: string): Session | undefined;
  /** Admits a runner, which has this principal, to a session that waits. */
  serve(session: string, principal: Principal): Admission;
}
