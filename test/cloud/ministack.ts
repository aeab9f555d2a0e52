/** AWS emulated by MiniStack (PyPI) on loopback: a new instance each time, which ends with its parent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { type AddressInfo, connect, createServer as createSocket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE } from '../patience.ts';

const ARTEFACTS = join(import.meta.dirname, '../../artefacts/cloud');

/** A program of `requirements.txt`. */
export const python = (program: 'ministack' | 'cfn-lint'): string =>
  join(import.meta.dirname, '.venv/bin', program);

/** Why a program of `requirements.txt` cannot run here; undefined if it can. */
export const without = (program: 'ministack' | 'cfn-lint'): string | undefined =>
  existsSync(python(program))
    ? undefined
    : `${program} is not installed: python3 -m venv test/cloud/.venv && test/cloud/.venv/bin/pip install -r test/cloud/requirements.txt`;

/** Runs a program, and ends it when its standard input closes, also when its parent was killed. */
const SCRIPT = '"$0" & program=$!; read -r _; kill $program; wait $program';

export interface MiniStack {
  readonly port: number;
  stop(): Promise<void>;
}

/** A free port. */
const freePort = async (): Promise<number> => {
  const socket = createSocket().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
};

/** Starts one with further settings; its output is in `artefacts/cloud`. */
export const startMiniStack = async (
  settings: Readonly<Record<string, string | undefined>> = {},
): Promise<MiniStack> => {
  mkdirSync(ARTEFACTS, { recursive: true });
  const port = await freePort();
  const log = openSync(join(ARTEFACTS, `ministack-${port}.log`), 'w');
  const child = spawn('sh', ['-c', SCRIPT, python('ministack')], {
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      GATEWAY_PORT: String(port),
      ...settings,
    },
    stdio: ['pipe', log, log],
  });
  const exited = once(child, 'exit');
  while (!(await isReached(port))) {
    if (child.exitCode !== null) throw new Error(`MiniStack has ended: see ${ARTEFACTS}`);
    await sleep(PATIENCE.interval);
  }
  return {
    port,
    stop: async () => {
      child.stdin?.end();
      await exited;
    },
  };
};

/** Whether the port accepts connections; the protocol depends on the settings. */
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
