/** Programs that listen on loopback, and end with who started them: also when that was killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { type AddressInfo, connect, createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from '../patience.ts';

const ARTEFACTS = join(import.meta.dirname, '../../artefacts/cloud');

/** Runs a program, and ends it once its standard input is at its end. */
const SCRIPT = '"$0" "$@" & program=$!; read -r _; kill $program; wait $program';

export interface Listening {
  stop(): Promise<void>;
}

/** A port that nobody has. */
export const freePort = async (): Promise<number> => {
  const socket = createSocket().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
};

/** Whether something takes connections there: what is spoken is for its settings to say. */
const isReached = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

export interface Program {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where it is going to listen. */
  readonly port: number;
  /** What the file is called, in `artefacts/cloud`, that has what it says. */
  readonly name: string;
}

/** Starts one, and waits until it takes connections. */
export const startListening = async ({
  command,
  args = [],
  port,
  name,
  ...how
}: Program): Promise<Listening> => {
  mkdirSync(ARTEFACTS, { recursive: true });
  const log = openSync(join(ARTEFACTS, `${name}-${port}.log`), 'w');
  const child = spawn('sh', ['-c', SCRIPT, command, ...args], { ...how, stdio: ['pipe', log, log] });
  const exited = once(child, 'exit');
  while (!(await isReached(port))) {
    if (child.exitCode !== null) throw new Error(`${name} has ended: see ${ARTEFACTS}`);
    await sleep(PATIENCE.interval);
  }
  return {
    stop: async () => {
      child.stdin?.end();
      await exited;
    },
  };
};
