import type { Duplex } from 'node:stream';
import { type ProblemCode, problemNames } from '../../lib/errors.ts';

const REASONS: Readonly<Record<number, string>> = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found' };

/** Answers an upgrade request with a problem, and closes its connection. */
export const refuseUpgrade = (socket: Duplex, status: number, code: ProblemCode, detail: string): void => {
  const body = JSON.stringify({ ...problemNames(code), status, code, detail });
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.on('error', () => {});
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
