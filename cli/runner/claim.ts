import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Another process holds the address. */
export class Claimed extends Error {
  override name = 'Claimed';
}

/** The address at which a process shows what it holds: on Linux a name that the kernel frees when the process ends. */
export const addressOf = (...parts: readonly string[]): string => {
  const name = `taskport-runner-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
};

const LEAVE = 'leave\n';
const LEFT = 'left\n';

/** Accepts no more requests to leave. */
const nothing = async (): Promise<void> => {};

/** Frees the address after a request to leave, and reports that. */
const answer = async (socket: Socket, leave: () => Promise<void>): Promise<void> => {
  socket.on('error', () => {}).unref();
  const [asked] = await once(socket, 'data').catch(() => []);
  if (String(asked) === LEAVE)
    await leave().then(
      () => socket.write(LEFT),
      () => {},
    );
  socket.end();
};

const listen = (address: string, leave: () => Promise<void>): Promise<Server> =>
  new Promise((listening, failed) => {
    const server = createServer((socket) => void answer(socket, leave));
    server.once('error', failed);
    server.listen(address, () => listening(server));
    server.unref();
  });

/** Whether a process listens, or only the file of a killed process is left. */
const isTaken = (address: string): Promise<boolean> =>
  new Promise((settle) => {
    const socket = connect(address, () => settle(true));
    socket.on('error', () => settle(false)).on('connect', () => socket.destroy());
  });

/** Takes an address for this process, for as long as it lives; a request to leave calls `leave`. Throws `Claimed`. */
export const claim = async (address: string, leave = nothing): Promise<Server> => {
  try {
    return await listen(address, leave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (address.startsWith('\0') || (await isTaken(address))) throw new Claimed();
    await rm(address, { force: true });
    return listen(address, leave);
  }
};

/** Asks the process at an address to leave; false if there is none. Throws if it ended without having left. */
export const askToLeave = async (address: string, signal: AbortSignal): Promise<boolean> => {
  const socket = connect(address);
  try {
    await once(socket, 'connect', { signal });
  } catch {
    signal.throwIfAborted();
    return false;
  }
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  socket.write(LEAVE);
  const said = await text(socket).catch(() => '');
  signal.throwIfAborted();
  if (said !== LEFT) throw new Error('the runner ended before it had left');
  return true;
};
