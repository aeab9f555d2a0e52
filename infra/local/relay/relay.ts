import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { GOING_AWAY, MOST_BYTES, PING_MS, SUBPROTOCOL } from '../../../lib/composition/session/channels.ts';
import type { Admission, Relay, Session, SessionObserver } from '../../../lib/composition/session/session.ts';
import { type ProblemCode, TaskportError } from '../../../lib/errors.ts';
import type { Principal } from '../../../lib/principal.ts';
import { refuseUpgrade } from '../refuse-upgrade.ts';
import { end, Joint } from './joint.ts';

export interface RelayLimits {
  /** How long a URL is valid. */
  readonly ticketMs: number;
  /** How long a client waits for the runner. */
  readonly runnerMs: number;
  /** How often the relay pings each side. */
  readonly pingMs: number;
  /** The most sessions and unused URLs at a time. */
  readonly sessions: number;
  /** The same limit for one caller. */
  readonly sessionsEach: number;
}

const LIMITS: RelayLimits = {
  ticketMs: 60_000,
  runnerMs: 20_000,
  pingMs: PING_MS,
  sessions: 512,
  sessionsEach: 128,
};
const PATH = /^\/v1\/sessions\/([A-Za-z0-9_-]{43})$/;
const KEEP_ALIVE_MS = 15_000;

const OPTIONS = {
  noServer: true,
  // The limit applies as a message arrives, so a longer one is not awaited.
  maxPayload: 1 + MOST_BYTES,
  handleProtocols: () => SUBPROTOCOL,
  perMessageDeflate: false,
  // Automatic pongs would end a connection that sends sixty pings before it reads an answer.
  autoPong: false,
  // A slow client still gets all messages sent before the end.
  closeTimeout: 3_600_000,
};

interface Ticket {
  readonly principal: Principal;
  readonly isOfClient: boolean;
  readonly timer: NodeJS.Timeout;
  readonly use: (socket: WebSocket) => void;
}

/** Connects clients and runners on one host. Its state ends with the host, like all its connections. */
export class LocalRelay implements Relay {
  readonly #tickets = new Map<string, Ticket>();
  readonly #joints = new Map<string, Joint>();
  readonly #limits: RelayLimits;
  readonly #server = new WebSocketServer(OPTIONS);

  constructor(limits: Partial<RelayLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  admit(session: Session, observer: SessionObserver): Admission {
    const { principal } = session;
    this.#assertRoom(principal);
    return this.#ticket(principal, true, (socket) => {
      const joint = new Joint(session, socket, observer, this.#limits, () =>
        this.#joints.delete(session.session),
      );
      this.#joints.set(session.session, joint);
      void joint.begin();
    }).admission;
  }

  waiting(session: string): Session | undefined {
    const joint = this.#joints.get(session);
    return joint?.isWaiting ? joint.session : undefined;
  }

  serve(session: string, principal: Principal): Admission {
    const joint = this.#joints.get(session) as Joint;
    const { token, admission } = this.#ticket(principal, false, (socket) => joint.join(socket));
    joint.claim(() => this.#forget(token));
    return admission;
  }

  /** Takes a WebSocket upgrade of this principal. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, principal: Principal): void {
    const { pathname } = new URL(request.url ?? '/', 'http://relay');
    const [, token = ''] = PATH.exec(pathname) ?? [];
    const ticket = this.#tickets.get(token);
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    const refuse = (status: number, code: ProblemCode, detail: string): void =>
      refuseUpgrade(socket, status, code, detail);
    if (!ticket) {
      refuse(404, 'not-found', 'the URL of a session is good once, for a minute: ask for another session');
      return;
    }
    if (ticket.principal !== principal) {
      refuse(
        403,
        'permission-denied',
        'only the caller who asked for this session can use its URL: ask for another session',
      );
      return;
    }
    if (!offered?.includes(SUBPROTOCOL)) {
      refuse(400, 'invalid-request', `a session speaks ${SUBPROTOCOL}: offer it in Sec-WebSocket-Protocol`);
      return;
    }
    this.#forget(token);
    if (socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#server.handleUpgrade(request, socket, head, ticket.use);
  }

  /** Ends all connections within some seconds, also those of peers that do not react. */
  stop(): void {
    for (const token of [...this.#tickets.keys()]) this.#forget(token);
    for (const joint of [...this.#joints.values()]) joint.stop();
    // Otherwise a client that reads nothing would keep its connection open, even after its session.
    for (const socket of this.#server.clients) end(socket, GOING_AWAY);
  }

  #assertRoom(principal: Principal): void {
    const { sessions, sessionsEach } = this.#limits;
    const waiting = [...this.#tickets.values()].filter(({ isOfClient }) => isOfClient);
    const held = [...waiting, ...[...this.#joints.values()].map(({ session }) => session)];
    const refuse = (whose: string, limit: number): never => {
      const detail = `${whose} ${limit} sessions, or URLs of sessions that nobody has used: end some, or wait a minute`;
      throw new TaskportError('too-many-requests', detail, { limit });
    };
    if (held.filter((one) => one.principal === principal).length >= sessionsEach)
      refuse('you have', sessionsEach);
    if (held.length >= sessions) refuse('there are', sessions);
  }

  #ticket(
    principal: Principal,
    isOfClient: boolean,
    use: Ticket['use'],
  ): { readonly token: string; readonly admission: Admission } {
    const { ticketMs } = this.#limits;
    const token = randomBytes(32).toString('base64url');
    const timer = setTimeout(() => this.#tickets.delete(token), ticketMs);
    timer.unref();
    this.#tickets.set(token, { principal, isOfClient, timer, use });
    const expiresAt = new Date(Date.now() + ticketMs).toISOString();
    return { token, admission: { path: `/v1/sessions/${token}`, expiresAt } };
  }

  #forget(token: string): void {
    clearTimeout(this.#tickets.get(token)?.timer);
    this.#tickets.delete(token);
  }
}
