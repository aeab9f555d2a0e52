import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './mounts.ts';
import type { Runtime } from './runtime.ts';
import { type SecretOf, withSecrets } from './secrets.ts';
import { type AttemptRecord, firstAttempt, furtherOf } from './state.ts';

/** Runs the command of a health check beside the task, as its user and with its environment; whether it ended with 0 in time. */
export const checkHealth = async (
  record: AttemptRecord,
  directory: string,
  runtime: Runtime,
  secretOf: SecretOf | undefined,
): Promise<boolean> => {
  const { plan } = record;
  const {
    config: { process: task },
    executor,
  } = furtherOf(record) ?? plan;
  if (executor.healthCheck === undefined) return true;
  const { command: args, timeoutSeconds } = executor.healthCheck;
  const own = await mkdtemp(join(directory, 'check-'));
  try {
    const document = { ...(await withSecrets(task, executor, secretOf)), args };
    await writeFile(join(own, 'process.json'), JSON.stringify(document), { mode: 0o600 });
    const [program = '', ...rest] = runtime.execCommand(
      runtime.containerOf(firstAttempt(record)),
      'process.json',
    );
    const child = spawn(program, rest, { cwd: own, stdio: 'ignore' });
    const ended = once(child, 'exit').catch(() => [1]);
    const late = setTimeout(async () => {
      // The runtime ends with the process that it waits for; killed itself, it would leave that behind.
      const pid = Number(await readFile(join(own, 'pid'), 'utf8').catch(() => '0'));
      if (child.exitCode !== null) return;
      if (pid > 0) process.kill(pid, 'SIGKILL');
      else child.kill('SIGKILL');
    }, timeoutSeconds * 1000);
    const [code] = await ended;
    clearTimeout(late);
    return code === 0;
  } finally {
    await removeTree(own);
  }
};
