import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

const listen = (address: string): Promise<Server> =>
  new Promise((listening, failed) => {
    const server = createServer((socket) => socket.destroy());
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

/** Takes an address for this process alone, for as long as it lives. Throws `Claimed`. */
export const claim = async (address: string): Promise<Server> => {
  try {
    return await listen(address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (address.startsWith('\0') || (await isTaken(address))) throw new Claimed();
    await rm(address, { force: true });
    return listen(address);
  }
};
