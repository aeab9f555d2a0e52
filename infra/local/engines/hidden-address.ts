import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The address on which an engine listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/**
 * Ports that browsers refuse to open (Fetch standard, "bad port"). The metadata engines accept any signature and any `Host`, and answer pages of
 * every origin; on these ports no page can reach them. Without 4190, which Chromium opens.
 */
const HIDDEN_PORTS = [6665, 6666, 6667, 6668, 6669, 6697, 5060, 5061, 4045, 3659];

/** On Linux every address of 127.0.0.0/8 is this machine; elsewhere only 127.0.0.1 works without configuration. */
const randomHost = (): string =>
  process.platform === 'linux'
    ? `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`
    : '127.0.0.1';

/** Finds a free loopback address that no page can reach. Another process may still take it before its use. */
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
