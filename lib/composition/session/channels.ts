import { isObject } from '../../is-object.ts';

/**
 * The channels of a session, as Kubernetes has them (`v5.channel.k8s.io`, k8s.io/apimachinery/pkg/util/remotecommand): the first byte of a
 * binary message names its channel.
 */
export const SUBPROTOCOL = 'v5.channel.k8s.io';

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
/** How the session ended: a `Status` of Kubernetes as JSON, once. */
export const ERROR = 3;
/** The size of the terminal: `{"Width": 80, "Height": 24}`. */
export const RESIZE = 4;
/** A channel ends: its number is the next byte. */
export const CLOSE = 255;

/** Bytes that one message carries at most, besides its channel. */
export const MOST_BYTES = 64 * 1024;
/** Bytes that may wait for a slow side; until there is room again, the relay does not read from the other side. */
export const MOST_WAITING = 2 ** 20;
/** How often the relay pings each side. */
export const PING_MS = 5_000;

/** The status codes by which a WebSocket is closed (RFC 6455, section 7.4.1). */
export const NORMAL = 1000;
export const GOING_AWAY = 1001;
export const PROTOCOL_ERROR = 1002;
export const NO_BYTES = 1003;
export const NOT_ALLOWED = 1008;

const LEAST_SIZE = 1;
const MOST_SIZE = 65_535;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** How a session ended: the program ended, the client detached and the task runs on, or the session failed. */
export type SessionEnd =
  | { readonly exitCode: number }
  | { readonly detached: true }
  | { readonly failed: string };

const text = new TextEncoder();
const reader = new TextDecoder('utf-8', { fatal: true });

export const message = (channel: number, bytes: Uint8Array = new Uint8Array()): Uint8Array => {
  const all = new Uint8Array(1 + bytes.length);
  all[0] = channel;
  all.set(bytes, 1);
  return all;
};

export const closeMessage = (channel: number): Uint8Array => message(CLOSE, Uint8Array.of(channel));

export const resizeMessage = ({ columns, rows }: TerminalSize): Uint8Array =>
  message(RESIZE, text.encode(JSON.stringify({ Width: columns, Height: rows })));

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(reader.decode(bytes));
  } catch {
    return undefined;
  }
};

const isSide = (side: unknown): side is number =>
  Number.isInteger(side) && (side as number) >= LEAST_SIZE && (side as number) <= MOST_SIZE;

/** The terminal size in a message, without its channel; undefined if the message has none. */
export const sizeIn = (bytes: Uint8Array): TerminalSize | undefined => {
  const { Width: columns, Height: rows } = (parsed(bytes) ?? {}) as { Width?: unknown; Height?: unknown };
  return isSide(columns) && isSide(rows) ? { columns, rows } : undefined;
};

const EXIT_CODE = 'ExitCode';
const DETACHED = 'Detached';

/** The message about the end of a session, in the form of Kubernetes. */
export const endMessage = (end: SessionEnd): Uint8Array => {
  const status = (said: object): Uint8Array =>
    message(ERROR, text.encode(JSON.stringify({ metadata: {}, ...said })));
  if ('detached' in end) return status({ status: 'Success', reason: DETACHED });
  if ('failed' in end) return status({ status: 'Failure', reason: 'InternalError', message: end.failed });
  const { exitCode } = end;
  if (exitCode === 0) return status({ status: 'Success' });
  return status({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: ${exitCode}`,
    details: { causes: [{ reason: EXIT_CODE, message: String(exitCode) }] },
  });
};

/** The exit code in the details of a status; undefined if they have none. */
const exitCodeIn = (details: unknown): number | undefined => {
  const causes: readonly unknown[] = isObject(details) && Array.isArray(details.causes) ? details.causes : [];
  const cause = causes.find((each) => isObject(each) && each.reason === EXIT_CODE);
  const code = isObject(cause) && typeof cause.message === 'string' ? Number(cause.message) : Number.NaN;
  return Number.isInteger(code) ? code : undefined;
};

/** The end of a session, from a message without its channel. */
export const endIn = (bytes: Uint8Array): SessionEnd => {
  const said = parsed(bytes);
  const { status, reason, message: words, details } = isObject(said) ? said : {};
  if (status === 'Success') return reason === DETACHED ? { detached: true } : { exitCode: 0 };
  const exitCode = exitCodeIn(details);
  if (exitCode !== undefined) return { exitCode };
  return { failed: typeof words === 'string' ? words : 'the session ended without a reason' };
};
