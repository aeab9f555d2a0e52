import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Somebody else has it. */
export class Claimed extends Error {
  override name = 'Claimed';
}

/** Where a process says that it has something: on Linux a name that the kernel gives back whatever ends it. */
export const addressOf = (...parts: readonly string[]): string => {
  const name = `taskport-runner-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
};

const LEAVE = 'leave\n';
const LEFT = 'left\n';

/** Lets nobody be asked for anything. */
const nothing = async (): Promise<void> => {};

/** Gives it back where somebody asked for that, and says so. */
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

/** Whether somebody is there, or only the file of a process that was killed. */
const isTaken = (address: string): Promise<boolean> =>
  new Promise((settle) => {
    const socket = connect(address, () => settle(true));
    socket.on('error', () => settle(false)).on('connect', () => socket.destroy());
  });

/** Takes an address for this process alone, for as long as it lives; `leave` is what it does who is asked to. Throws `Claimed`. */
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

/** Asks the process that has an address to leave: false where there is none. Throws where it ended without having left. */
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
