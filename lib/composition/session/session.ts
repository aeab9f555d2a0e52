import type { Principal } from '../../principal.ts';
import type { ServedSession } from './session-schema.ts';

/** Somebody who talks to a task. */
export interface Session extends Omit<ServedSession, 'url' | 'expiresAt'> {
  /** Who does. */
  readonly principal: Principal;
  /** Of the composition in which the task runs. */
  readonly composition: { readonly createdAt: string; readonly revision: number };
}

/** Why a session is over: what ran has ended or was detached from, or one of both sides is gone. */
export type SessionOutcome = {
  readonly how: 'completed' | 'detached' | 'client-gone' | 'runner-gone' | 'failed';
  /** Of what ran, where that has ended. */
  readonly exitCode?: number;
};

/** A session as it is kept: from when its client came. */
export interface KeptSession extends Session {
  readonly beganAt: string;
  readonly ended?: SessionOutcome & { readonly at: string; readonly seconds: number };
}

/** Keeps who talked to what, for the audit trail. Both throw `unavailable`. */
export interface SessionStore {
  put(session: KeptSession): Promise<void>;
}

/** What a relay tells of a session. */
export interface SessionObserver {
  /** Its client is there: runners are told of it by this. What it throws ends the session. */
  began(): Promise<void>;
  /** It is over, and had begun. */
  ended(outcome: SessionOutcome): Promise<void>;
}

/** A way to a session: good once, until then. */
export interface Admission {
  /** The path of a URL of this service. */
  readonly path: string;
  readonly expiresAt: string;
}

/** Where a client and the runner of a task meet. */
export interface Relay {
  /** Lets a client in. Throws `too-many-requests`. */
  admit(session: Session, observer: SessionObserver): Admission;
  /** The session that waits for a runner, where it is one of this location; undefined where it waits no more. */
  waiting(session: string): Session | undefined;
  /** Lets a runner in, which is this principal, to a session that waits. */
  serve(session: string, principal: Principal): Admission;
}
