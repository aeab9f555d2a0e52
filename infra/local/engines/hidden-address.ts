import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Where an engine listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/**
 * Ports that no browser opens, whatever a page asks of it (Fetch standard, "bad port"). The metadata engines take any
 * signature and any `Host`, and answer pages of every origin: here no page gets to ask them. Not 4190, which Chromium opens.
 */
const HIDDEN_PORTS = [6665, 6666, 6667, 6668, 6669, 6697, 5060, 5061, 4045, 3659];

/** Every address of 127.0.0.0/8 is this machine on Linux; elsewhere only one is there unasked. */
const randomHost = (): string =>
  process.platform === 'linux'
    ? `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
    : '127.0.0.1';

/** A loopback address that is free now and that no page reaches; another process may still take it before it is used. */
export async function hiddenAddress(): Promise<Address> {
  const host = randomHost();
  const start = randomInt(HIDDEN_PORTS.length);
  for (const port of [...HIDDEN_PORTS.slice(start), ...HIDDEN_PORTS.slice(0, start)]) {
    if (await isFree(host, port)) return { host, port, url: `http://${host}:${port}` };
  }
  throw new Error(
    `none of the ports that pages cannot reach is free on ${host}: ${HIDDEN_PORTS.join(', ')}. Stop what uses one of them.`,
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
