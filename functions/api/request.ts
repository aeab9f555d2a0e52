import type { Context } from 'hono';
import type { Relay } from '../../lib/composition/session/session.ts';
import type { Credential } from '../../lib/credential.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import type { ChangeCount } from '../../lib/event/change-count.ts';
import type { Caller } from '../../lib/principal.ts';

/** The context of every route. */
export interface ApiEnvironment {
  /**
   * `stopping` and `changes` come from a server, where an answer may continue until it stops; `relay` connects
   * sessions. A call of a function has none of them.
   */
  Bindings: { stopping?: AbortSignal; changes?: ChangeCount; relay?: Relay };
  /**
   * `problem` is the problem that answered the call, if there is one, and `cause` its cause for operators;
   * `operation` names the call, if no route does; `credential` is that of a client of the registry.
   */
  Variables: {
    requestId: string;
    caller: Caller;
    problem?: ProblemCode;
    cause?: unknown;
    operation?: string;
    credential?: Credential;
  };
}

/** Writes a line of telemetry. */
export type WriteLine = (line: string, isError: boolean) => void;

export type ApiContext = Context<ApiEnvironment>;
