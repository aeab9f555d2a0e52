import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { UsageError } from '../usage-error.ts';

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

/** Asks where the runner keeps the key for a request to leave. */
const WHERE = 'where\n';
const LEFT = 'left\n';

/** How a runner leaves at a request. */
export interface Leaving {
  /** A directory for the file with the key, which only the runner's user can read: any process can ask at the address. */
  readonly directory: string;
  readonly leave: () => Promise<void>;
}

const keyFile = (address: string, directory: string): string =>
  join(directory, `leave-${createHash('sha256').update(address).digest('hex').slice(0, 16)}`);

/** Frees the address after a request to leave with the key, and reports that. */
const answer = async (socket: Socket, key: string, { directory, leave }: Leaving): Promise<void> => {
  socket.on('error', () => {}).unref();
  const [asked = ''] = await once(socket, 'data').catch(() => []);
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (String(asked) === WHERE) socket.write(directory);
  else if (timingSafeEqual(digest(String(asked)), digest(key)))
    await leave().then(
      () => socket.write(LEFT),
      () => {},
    );
  socket.end();
};

const listen = (address: string, onSocket: (socket: Socket) => void): Promise<Server> =>
  new Promise((listening, failed) => {
    const server = createServer(onSocket);
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

/** Takes an address for this process, for as long as it lives. Throws `Claimed`. */
export const claim = async (address: string, leaving?: Leaving): Promise<Server> => {
  const key = randomBytes(32).toString('hex');
  const onSocket = (socket: Socket): void =>
    leaving ? void answer(socket, key, leaving) : void socket.on('error', () => {}).end();
  const server = await listen(address, onSocket).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    if (address.startsWith('\0') || (await isTaken(address))) throw new Claimed();
    await rm(address, { force: true });
    return listen(address, onSocket);
  });
  if (!leaving) return server;
  // Only the process that has the address may write its key.
  const file = keyFile(address, leaving.directory);
  await rm(file, { force: true });
  await writeFile(file, key, { mode: 0o600, flag: 'wx' });
  return server;
};

/** The answer of the process at an address; undefined without such a process. */
const ask = async (address: string, words: string, signal: AbortSignal): Promise<string | undefined> => {
  const socket = connect(address);
  try {
    await once(socket, 'connect', { signal });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  socket.write(words);
  const said = await text(socket).catch(() => '');
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
  return said;
};

/**
 * Asks the process at an address to leave; false without such a process. Throws `UsageError` if this user may not ask, and an error if the
 * process did not leave.
 */
export const askToLeave = async (address: string, signal: AbortSignal): Promise<boolean> => {
  const directory = await ask(address, WHERE, signal);
  if (directory === undefined) return false;
  if (directory === '')
    throw new UsageError('the runner is of an earlier version: end it with SIGTERM, and ask again');
  const key = await readFile(keyFile(address, directory), 'utf8').catch(() => {
    throw new UsageError(
      `only the user who runs the runner may ask it to leave: its key is in ${directory}, and cannot be read here`,
    );
  });
  if ((await ask(address, key, signal)) !== LEFT) throw new Error('the runner ended before it had left');
  return true;
};
