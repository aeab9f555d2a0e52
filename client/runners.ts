import type * as z from 'zod/mini';
import { SUBPROTOCOL } from '../lib/composition/session/channels.ts';
import type { ServedSession, sessionClaim } from '../lib/composition/session/session-schema.ts';
import type {
  RunnerClaim,
  RunnerGrant,
  ShownLease as RunnerLease,
  runnerLeave,
  runnerRenewal,
} from '../lib/location/runner-schema.ts';
import type { Frozen } from '../lib/shown.ts';
import type { CallOptions, Http } from './http.ts';
import { Pages } from './pages.ts';
import type { MessageSocket } from './platform/platform.ts';

export type { RunnerClaim, RunnerGrant, RunnerLease };

const pathOf = (location: string): string => `/locations/${encodeURIComponent(location)}/runner`;

/** Runners, which run the tasks of a location of executors: one at a time. */
export class Runners {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  list(options: CallOptions & { readonly limit?: number } = {}): Pages<RunnerLease> {
    const { limit, ...rest } = options;
    return new Pages((cursor) =>
      this.#http.json({ method: 'GET', path: '/runners', query: { limit, cursor }, ...rest }),
    );
  }

  read(location: string, options: CallOptions = {}): Promise<RunnerLease> {
    return this.#http.json({ method: 'GET', path: pathOf(location), ...options });
  }

  claim(location: string, body: RunnerClaim, options: CallOptions = {}): Promise<RunnerGrant> {
    return this.#http.json({ method: 'POST', path: `${pathOf(location)}/claim`, body, ...options });
  }

  renew(
    location: string,
    body: Frozen<z.input<typeof runnerRenewal>>,
    options: CallOptions = {},
  ): Promise<RunnerLease> {
    return this.#http.json({ method: 'POST', path: `${pathOf(location)}/renew`, body, ...options });
  }

  /** Ends the runner of this epoch, after its tasks have ended, or with `keep` while they run on. */
  leave(
    location: string,
    body: Frozen<z.input<typeof runnerLeave>>,
    options: CallOptions = {},
  ): Promise<RunnerLease> {
    return this.#http.json({ method: 'POST', path: `${pathOf(location)}/leave`, body, ...options });
  }

  /** Accepts a session: answers the request, and the connection to its client. */
  async serve(
    location: string,
    body: Frozen<z.input<typeof sessionClaim>>,
    options: CallOptions = {},
  ): Promise<ServedSession & { readonly socket: MessageSocket }> {
    const call = { method: 'POST', path: `${pathOf(location)}/sessions`, body, ...options } as const;
    const served = await this.#http.json<ServedSession>(call);
    return { ...served, socket: await this.#http.connect(served.url, SUBPROTOCOL, options) };
  }

  /** Takes the tasks from an engine whose runner has been silent for long. They may still run there. */
  fence(location: string, options: CallOptions = {}): Promise<RunnerLease> {
    return this.#http.json({ method: 'POST', path: `${pathOf(location)}/fence`, ...options });
  }
}
