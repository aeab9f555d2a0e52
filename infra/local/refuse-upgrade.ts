import type { Duplex } from 'node:stream';

const REASONS: Readonly<Record<number, string>> = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found' };

/** Answers an upgrade request with a problem, and closes its connection. */
export const refuseUpgrade = (socket: Duplex, status: number, code: string, detail: string): void => {
  const title = code.replaceAll('-', ' ');
  const body = JSON.stringify({ type: `https://taskport.dev/problems/${code}`, title, status, code, detail });
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.on('error', () => {});
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
