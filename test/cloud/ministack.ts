/** AWS emulated by MiniStack (PyPI) on loopback: a new instance each time, which ends with its parent. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Listening, startListening } from './listening.ts';

/** A program of `requirements.txt`. */
export const python = (program: 'ministack' | 'cfn-lint'): string =>
  join(import.meta.dirname, '.venv/bin', program);

/** Why a program of `requirements.txt` cannot run here; undefined if it can. */
export const without = (program: 'ministack' | 'cfn-lint'): string | undefined =>
  existsSync(python(program))
    ? undefined
    : `${program} is not installed: python3 -m venv test/cloud/.venv && test/cloud/.venv/bin/pip install -r test/cloud/requirements.txt`;

export interface MiniStack extends Listening {
  readonly port: number;
}

/** Starts one with further settings; its output is in `artefacts/cloud`. */
export const startMiniStack = async (
  settings: Readonly<Record<string, string | undefined>> = {},
): Promise<MiniStack> => {
  const port = await freePort();
  const { stop } = await startListening({
    name: 'ministack',
    command: python('ministack'),
    port,
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      GATEWAY_PORT: String(port),
      ...settings,
    },
  });
  return { port, stop };
};
